import { type ColormapName, colormaps } from '@llm-mde/depth-maps';
import { useEffect, useRef } from 'preact/hooks';
import { metresText } from '../geometry.js';
import type { View } from '../hooks/use-view.js';

interface ColorBarProps {
  range: [number, number];
  view: View;
}

const NAMES = Object.keys(colormaps) as ColormapName[];

/** Which color stands for how many metres. */
export function ColorBar({ range: [least, greatest], view }: ColorBarProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const table = colormaps[view.colormap];
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    const picture = context.createImageData(256, 1);
    for (let at = 0; at < 256; at++) {
      // Near is the map's last color.
      for (let channel = 0; channel < 3; channel++) picture.data[4 * at + channel] = table[3 * (255 - at) + channel]!;
      picture.data[4 * at + 3] = 255;
    }
    context.putImageData(picture, 0, 0);
  }, [table]);
  return (
    <div class="color-bar">
      <div class="color-bar__scale">
        <canvas ref={canvas} width="256" height="1" />
        <div class="color-bar__ticks">
          {ticks(least, greatest).map((metres) => (
            <span key={metres} style={{ left: `${((metres - least) / (greatest - least)) * 100}%` }}>
              {metres} m
            </span>
          ))}
        </div>
        <p class="visually-hidden">
          From {metresText(least)} to {metresText(greatest)}.
        </p>
      </div>
      <label class="field field--inline">
        <span>Colors</span>
        <select
          value={view.colormap}
          onChange={({ currentTarget }) => view.setColormap(currentTarget.value as ColormapName)}
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

/** Round numbers of metres between two depths, about five; none so close to an end that its text would stick out. */
function ticks(least: number, greatest: number): number[] {
  const rough = (greatest - least) / 5;
  if (!(rough > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!;
  const margin = 0.04 * (greatest - least);
  const first = Math.ceil((least + margin) / step);
  const count = Math.max(0, Math.floor((greatest - margin) / step) - first + 1);
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(6)));
}
