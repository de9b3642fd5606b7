import { type ColormapName, colorizeDepth } from '@llm-mde/depth-maps';
import { useEffect, useRef } from 'preact/hooks';
import type { DepthMap } from '../geometry.js';

interface DepthCanvasProps {
  map: DepthMap;
  /** Metres of the map's two ends. */
  range: [number, number];
  colormap: ColormapName;
}

/** A depth map in colors. */
export function DepthCanvas({ map, range: [minDepth, maxDepth], colormap }: DepthCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const { width, height, depth } = map;
    const rgb = colorizeDepth(depth, { width, height, minDepth, maxDepth, colormap });
    const context = canvas.current!.getContext('2d')!;
    const picture = context.createImageData(width, height);
    for (let pixel = 0; pixel < width * height; pixel++) {
      picture.data.set(rgb.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
      picture.data[4 * pixel + 3] = 255;
    }
    context.putImageData(picture, 0, 0);
  }, [map, minDepth, maxDepth, colormap]);
  return <canvas ref={canvas} class="depth" width={map.width} height={map.height} />;
}
