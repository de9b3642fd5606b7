import { disparityToDepth } from '@llm-mde/depth-maps';
import type { Pose, RayGrid } from './geometry/camera.js';
import type { SceneTracer } from './geometry/scene-tracer.js';
import { hash, hashUnit, noise2, smoothStep } from './numeric.js';
import type { GeometryBuffer } from './rendering/geometry-buffer.js';

/** From the depth camera to the projector of its infrared pattern, metres to the right: what the projector does not see has no depth. */
const BASELINE = 0.075;

/**
 * What a structured-light sensor measures of a view: no value where its pattern does not arrive (behind the left edge of near things, on
 * mirrors, glass, screens and dark plastic, at grazing angles, beyond its range, nearer than half a metre), ragged edges, and steps that
 * grow with the square of the distance.
 *
 * @returns metres, 0 where depth is missing.
 */
export function simulateKinectDepth(
  tracer: SceneTracer,
  pose: Pose,
  rays: RayGrid,
  { depth, shape, normal }: GeometryBuffer,
  seed: number,
): Float32Array {
  const { width, height } = rays;
  const sensed = new Float32Array(width * height);
  const [rx, ry, rz] = pose.right;
  const [bx, by, bz] = pose.down;
  const [fx, fy, fz] = pose.forward;
  const hidden = hiddenFromProjector(rays, depth);
  const scale = 640 / width;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      // The pattern's dots are a few pixels wide: near an edge the value comes from a neighbor.
      const shakeX = Math.floor((2.4 * noise2((column * scale) / 2, (row * scale) / 2, seed) - 0.7) / scale + 0.5);
      const shakeY = Math.floor((2.4 * noise2((column * scale) / 2, (row * scale) / 2, seed + 1) - 0.7) / scale + 0.5);
      const fromColumn = Math.min(width - 1, Math.max(0, column + shakeX));
      const fromRow = Math.min(height - 1, Math.max(0, row + shakeY));
      const at = fromRow * width + fromColumn;
      const z = depth[at]!;
      if (shape[at]! < 0 || z < 0.5 || z > 9.8) continue;
      const { infrared = 'seen' } = tracer.primitives[shape[at]!]!.material;
      const patch = noise2((column * scale) / 9, (row * scale) / 9, seed + 2);
      if (infrared === 'lost' && patch < 0.93) continue;
      if (infrared === 'weak' && patch < 0.45) continue;
      const x = rays.x[at]!;
      const y = rays.y[at]!;
      const dx = rx * x + bx * y + fx;
      const dy = ry * x + by * y + fy;
      const dz = rz * x + bz * y + fz;
      const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
      const facing = -(normal[at * 3]! * dx + normal[at * 3 + 1]! * dy + normal[at * 3 + 2]! * dz) / length;
      // Far and slanted surfaces send too little back.
      const strength = facing / (1 + 0.035 * z * z);
      if (strength < 0.06 + 0.1 * patch * smoothStep(2, 7, z)) continue;
      if (hidden[at] !== 0) continue;
      const noise = hashUnit(hash(column, row, 7, seed)) + hashUnit(hash(column, row, 8, seed)) - 1;
      const reading = Math.floor(1092.5 - 351.3 / z + 0.5 + 0.45 * noise);
      sensed[row * width + column] = disparityToDepth(reading);
    }
  }
  return sensed;
}

/**
 * Which pixels the projector does not see. From where it stands, a surface at depth z is shifted to the left by baseline / z; a pixel is hidden
 * if one on its right, being nearer, is shifted over it or beyond.
 */
function hiddenFromProjector({ width, height, x }: RayGrid, depth: Float64Array): Uint8Array {
  const hidden = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    let leftmost = Number.POSITIVE_INFINITY;
    for (let column = width - 1; column >= 0; column--) {
      const at = row * width + column;
      if (depth[at] === 0) continue;
      const shifted = x[at]! - BASELINE / depth[at]!;
      if (shifted > leftmost) hidden[at] = 1;
      else leftmost = shifted;
    }
  }
  return hidden;
}
