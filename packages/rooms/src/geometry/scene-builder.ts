import type { Color } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import { cosine, sine } from '../numeric.js';
import type { Light } from './scene.js';
import type { Hole, Placement, Primitive } from './shapes.js';

type Rotation = Placement['rotation'];

const UPRIGHT: Rotation = [1, 0, 0, 0, 1, 0, 0, 0, 1];

export interface Transform {
  x?: number;
  y?: number;
  z?: number;
  /** Quarter turns about the vertical: exact. 1 turns what faces +z to face +x. */
  quarterTurns?: number;
  /** Radians about the vertical, on top of the quarterTurns. */
  yaw?: number;
  /** Radians about the own x axis: the front goes down. */
  pitch?: number;
}

/**
 * Puts shapes together in metres, in a frame whose x goes across, y up and z to the front; {@link withTransform} moves the frame. Boxes, cylinders
 * and cones are given by the middle of their underside, ellipsoids and panels by their center.
 */
export class SceneBuilder {
  readonly primitives: Primitive[] = [];
  readonly lights: Light[] = [];
  private rotation: Rotation = UPRIGHT;
  private origin: readonly [number, number, number] = [0, 0, 0];

  withTransform({ x = 0, y = 0, z = 0, quarterTurns = 0, yaw = 0, pitch = 0 }: Transform, build: () => void): void {
    const { rotation, origin } = this;
    this.origin = this.toWorld(x, y, z);
    this.rotation = multiply(rotation, turnMatrix(quarterTurns, yaw, pitch));
    build();
    this.rotation = rotation;
    this.origin = origin;
  }

  box(
    x: number,
    y: number,
    z: number,
    width: number,
    height: number,
    depth: number,
    material: Material,
    radius = 0,
  ): void {
    const [halfX, halfY, halfZ] = [width / 2, height / 2, depth / 2];
    const rounded = Math.min(radius, halfX * 0.98, halfY * 0.98, halfZ * 0.98);
    this.add({ kind: 'box', halfX, halfY, halfZ, ...(rounded > 0 && { radius: rounded }) }, x, y + halfY, z, material);
  }

  /** Four upright square legs at ±x and ±z. */
  legs(x: number, z: number, thickness: number, height: number, material: Material): void {
    for (const legX of [-x, x]) {
      for (const legZ of [-z, z]) this.box(legX, 0, legZ, thickness, height, thickness, material);
    }
  }

  cylinder(
    x: number,
    y: number,
    z: number,
    radius: number,
    height: number,
    material: Material,
    topRadius = radius,
  ): void {
    this.add(
      { kind: 'frustum', bottomRadius: radius, topRadius, halfHeight: height / 2 },
      x,
      y + height / 2,
      z,
      material,
    );
  }

  /** A round bar from one point to another. */
  bar(
    from: readonly [number, number, number],
    to: readonly [number, number, number],
    radius: number,
    material: Material,
  ) {
    const along = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
    const length = Math.sqrt(along[0]! * along[0]! + along[1]! * along[1]! + along[2]! * along[2]!);
    const up = along.map((part) => part / length) as [number, number, number];
    const helper: [number, number, number] = Math.abs(up[1]) > 0.9 ? [1, 0, 0] : [0, 1, 0];
    const right = unit(cross(up, helper));
    const front = cross(right, up);
    const own: Rotation = [right[0], up[0], front[0], right[1], up[1], front[1], right[2], up[2], front[2]];
    const middle = this.toWorld((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, (from[2] + to[2]) / 2);
    this.primitives.push({
      geometry: { kind: 'frustum', bottomRadius: radius, topRadius: radius, halfHeight: length / 2 },
      placement: { x: middle[0], y: middle[1], z: middle[2], rotation: multiply(this.rotation, own) },
      material,
    });
  }

  ellipsoid(
    x: number,
    y: number,
    z: number,
    radiusX: number,
    radiusY: number,
    radiusZ: number,
    material: Material,
  ): void {
    this.add({ kind: 'ellipsoid', radiusX, radiusY, radiusZ }, x, y, z, material);
  }

  /** A flat rectangle that faces the front. */
  panel(x: number, y: number, z: number, width: number, height: number, material: Material, holes?: readonly Hole[]) {
    this.add(
      { kind: 'panel', halfX: width / 2, halfY: height / 2, ...(holes?.length && { holes }) },
      x,
      y,
      z,
      material,
    );
  }

  /** Light from a flat rectangle that faces the front. */
  rectangleLight(x: number, y: number, z: number, width: number, height: number, radiance: Color): void {
    const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = this.rotation;
    this.lights.push({
      kind: 'rectangle',
      center: this.toWorld(x, y, z),
      halfU: [(r0 * width) / 2, (r3 * width) / 2, (r6 * width) / 2],
      halfV: [(r1 * height) / 2, (r4 * height) / 2, (r7 * height) / 2],
      normal: [r2, r5, r8],
      radiance,
    });
  }

  sphereLight(x: number, y: number, z: number, radius: number, radiance: Color): void {
    this.lights.push({ kind: 'sphere', center: this.toWorld(x, y, z), radius, radiance });
  }

  private add(geometry: Primitive['geometry'], x: number, y: number, z: number, material: Material): void {
    const [wx, wy, wz] = this.toWorld(x, y, z);
    this.primitives.push({ geometry, placement: { x: wx, y: wy, z: wz, rotation: this.rotation }, material });
  }

  private toWorld(x: number, y: number, z: number): [number, number, number] {
    const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = this.rotation;
    const [ox, oy, oz] = this.origin;
    return [ox + r0 * x + r1 * y + r2 * z, oy + r3 * x + r4 * y + r5 * z, oz + r6 * x + r7 * y + r8 * z];
  }
}

const QUARTER_COSINES = [1, 0, -1, 0];

function turnMatrix(quarterTurns: number, yaw: number, pitch: number): Rotation {
  const turned = ((quarterTurns % 4) + 4) % 4;
  let c = QUARTER_COSINES[turned]!;
  let s = QUARTER_COSINES[(turned + 3) % 4]!;
  if (yaw !== 0) {
    const [cy, sy] = [cosine(yaw), sine(yaw)];
    [c, s] = [c * cy - s * sy, s * cy + c * sy];
  }
  const aboutY: Rotation = [c, 0, s, 0, 1, 0, -s, 0, c];
  if (pitch === 0) return aboutY;
  const [cp, sp] = [cosine(pitch), sine(pitch)];
  return multiply(aboutY, [1, 0, 0, 0, cp, -sp, 0, sp, cp]);
}

function multiply(a: Rotation, b: Rotation): Rotation {
  const at = (row: number, column: number) =>
    a[row * 3]! * b[column]! + a[row * 3 + 1]! * b[3 + column]! + a[row * 3 + 2]! * b[6 + column]!;
  return [at(0, 0), at(0, 1), at(0, 2), at(1, 0), at(1, 1), at(1, 2), at(2, 0), at(2, 1), at(2, 2)];
}

function cross(a: readonly number[], b: readonly number[]): [number, number, number] {
  return [a[1]! * b[2]! - a[2]! * b[1]!, a[2]! * b[0]! - a[0]! * b[2]!, a[0]! * b[1]! - a[1]! * b[0]!];
}

function unit(a: [number, number, number]): [number, number, number] {
  const length = Math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
  return [a[0] / length, a[1] / length, a[2] / length];
}
