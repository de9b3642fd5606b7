import { nyuIntrinsics } from '@llm-mde/depth-maps';
import { describe, expect, it } from 'vitest';
import { poseFrom, rayGrid } from '../geometry/camera.js';
import { SceneTracer } from '../geometry/scene-tracer.js';
import type { Primitive } from '../geometry/shapes.js';
import { rgb } from '../materials/color.js';
import { plain } from '../materials/textures.js';
import { traceGeometry } from './geometry-buffer.js';

const material = { texture: plain(rgb(128, 128, 128)) };

describe('traceGeometry', () => {
  it('has the exact z-depth of a floor and a wall, seen by a tilted camera', () => {
    const wall: Primitive = {
      geometry: { kind: 'panel', halfX: 50, halfY: 50 },
      placement: { x: 0, y: 0, z: 4, rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
      material,
    };
    const floor: Primitive = {
      geometry: { kind: 'panel', halfX: 50, halfY: 50 },
      placement: { x: 0, y: 0, z: 0, rotation: [1, 0, 0, 0, 0, 1, 0, -1, 0] },
      material,
    };
    const [width, height] = [64, 48];
    const camera = nyuIntrinsics({ width, height });
    const pose = poseFrom([0.3, 1.5, 0.2], 0.2, -0.4, 0.05);
    const { depth, shape } = traceGeometry(new SceneTracer([wall, floor]), pose, rayGrid(width, height, camera));
    const met = [0, 0];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [x, y] = [(column - camera.cx) / camera.fx, (row - camera.cy) / camera.fy];
        const direction = [0, 1, 2].map((axis) => pose.right[axis]! * x + pose.down[axis]! * y + pose.forward[axis]!);
        // A plane's depth, worked out by hand: to z = 4, and to y = 0.
        const toWall = (4 - 0.2) / direction[2]!;
        const toFloor = direction[1]! < 0 ? -1.5 / direction[1]! : Number.POSITIVE_INFINITY;
        const at = row * width + column;
        expect(depth[at]!).toBeCloseTo(Math.min(toWall, toFloor), 9);
        expect(shape[at]).toBe(toWall < toFloor ? 0 : 1);
        met[shape[at]!]!++;
      }
    }
    expect(Math.min(...met)).toBeGreaterThan(500);
  });
});
