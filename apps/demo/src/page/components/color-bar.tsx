import { type ColormapName, colormaps } from '@llm-mde/depth-maps';
import { ticks } from 'd3-array';
import { useEffect, useRef } from 'preact/hooks';
import type { View } from '../hooks/use-view.js';
import { distanceText } from '../lib/distance-text.js';
import { paintRgb } from '../lib/paint.js';

interface ColorBarProps {
  range: [number, number];
  view: View;
}

const NAMES = Object.keys(colormaps) as ColormapName[];

/** The depths of the colors. */
export function ColorBar({ range: [least, greatest], view }: ColorBarProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const table = colormaps[view.colormap];
  useEffect(() => {
    // Near is the last color of the map.
    const rgb = Uint8Array.from({ length: 3 * 256 }, (_, at) => table[3 * (255 - Math.floor(at / 3)) + (at % 3)]!);
    paintRgb(canvas.current!, rgb);
  }, [table]);
  // A label closer to an end would stick out.
  const margin = 0.04 * (greatest - least);
  return (
    <div class="color-bar">
      <div class="color-bar__scale">
        <canvas ref={canvas} width="256" height="1" />
        <div class="color-bar__ticks">
          {ticks(least + margin, greatest - margin, 5).map((metres) => (
            <span key={metres} style={{ left: `${((metres - least) / (greatest - least)) * 100}%` }}>
              {metres} m
            </span>
          ))}
        </div>
        <p class="visually-hidden">
          From {distanceText(least).value} to {distanceText(greatest).value}.
        </p>
      </div>
      <label class="field">
        <small>Colormap</small>
        <select
          value={view.colormap}
          onChange={({ currentTarget }) => view.change({ colormap: currentTarget.value as ColormapName })}
        >
          {NAMES.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
