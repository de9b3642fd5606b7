import { nyuIntrinsics } from '@llm-mde/depth-maps';
import { describe, expect, it } from 'vitest';
import { poseFrom, rayGrid } from './geometry/camera.js';
import { SceneTracer } from './geometry/scene-tracer.js';
import type { Primitive } from './geometry/shapes.js';
import { rgb } from './materials/color.js';
import type { Material } from './materials/material.js';
import { plain } from './materials/textures.js';
import { traceGeometry } from './rendering/geometry-buffer.js';
import { simulateKinectDepth } from './simulate-kinect-depth.js';

const dull: Material = { texture: plain(rgb(128, 128, 128)) };
const wall = (z: number, material = dull): Primitive => ({
  geometry: { kind: 'panel', halfX: 20, halfY: 20 },
  placement: { x: 0, y: 0, z, rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
  material,
});
const [width, height] = [160, 120];
const rays = rayGrid(width, height, nyuIntrinsics({ width, height }));
const pose = poseFrom([0, 0, 0], 0, 0);
const sense = (primitives: Primitive[]) => {
  const tracer = new SceneTracer(primitives);
  const buffer = traceGeometry(tracer, pose, rays);
  return { sensed: simulateKinectDepth(tracer, pose, rays, buffer, 1), exact: buffer.depth };
};
const missingShare = (sensed: Float32Array) => sensed.filter((metres) => metres === 0).length / sensed.length;

describe('simulateKinectDepth', () => {
  it('sees a wall in steps that grow with the distance, without bias', () => {
    for (const z of [1, 3, 6]) {
      const { sensed } = sense([wall(z)]);
      const seen = [...sensed].filter((metres) => metres > 0);
      expect(seen.length / sensed.length).toBeGreaterThan(0.9);
      expect(Math.abs(seen.reduce((sum, metres) => sum + metres, 0) / seen.length - z)).toBeLessThan((z * z) / 700);
      for (const metres of seen) expect(Math.abs(metres - z)).toBeLessThan((1.6 * z * z) / 351);
    }
  });

  it('does not see what is too near, too far, shiny or dark to its light', () => {
    for (const unseen of [wall(0.4), wall(9.9)]) expect(missingShare(sense([unseen]).sensed)).toBe(1);
    expect(missingShare(sense([wall(2, { ...dull, infrared: 'lost' })]).sensed)).toBeGreaterThan(0.9);
    const weak = missingShare(sense([wall(2, { ...dull, infrared: 'weak' })]).sensed);
    expect(weak > 0.2 && weak < 0.8).toBe(true);
  });

  it('has a shadow beside a near thing, on the side away from the projector', () => {
    const box: Primitive = {
      geometry: { kind: 'box', halfX: 0.2, halfY: 0.2, halfZ: 0.05 },
      placement: { x: 0, y: 0, z: 1, rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
      material: dull,
    };
    const { sensed, exact } = sense([wall(3), box]);
    const row = 63;
    const columns = [...Array(width).keys()].filter((column) => exact[row * width + column]! < 2);
    const [first, last] = [columns[0]!, columns.at(-1)!];
    const missing = (from: number, to: number) =>
      [...sensed.subarray(row * width + from, row * width + to)].filter((metres) => metres === 0).length;
    expect(missing(first - 9, first)).toBeGreaterThan(missing(last + 1, last + 10) + 2);
  });
});
