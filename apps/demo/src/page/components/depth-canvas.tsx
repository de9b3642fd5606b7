import { type ColormapName, colorizeDepth } from '@llm-mde/depth-maps';
import { useEffect, useRef } from 'preact/hooks';
import type { DepthMap } from '../lib/geometry.js';
import { paintRgb } from '../lib/paint.js';

interface DepthCanvasProps {
  map: DepthMap;
  /** Metres at the two ends of the colormap. */
  range: [number, number];
  colormap: ColormapName;
}

/** A depth map in colors. */
export function DepthCanvas({ map, range: [minDepth, maxDepth], colormap }: DepthCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const { width, height, depth } = map;
    paintRgb(canvas.current!, colorizeDepth(depth, { width, height, minDepth, maxDepth, colormap }));
  }, [map, minDepth, maxDepth, colormap]);
  return <canvas ref={canvas} class="depth" width={map.width} height={map.height} />;
}
