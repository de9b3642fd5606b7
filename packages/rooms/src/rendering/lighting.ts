import { Hit } from '../geometry/hit.js';
import type { Light, Scene } from '../geometry/scene.js';
import type { SceneTracer } from '../geometry/scene-tracer.js';
import type { SurfacePoint } from '../materials/material.js';
import { cosine, hash, hashUnit, PI, sine } from '../numeric.js';
import { locate } from './surface-point.js';

/** Directions about +z, denser towards it (by the cosine), in an order of which every stretch is spread evenly. */
const HEMISPHERE = hemisphereDirections(1024);

/** So far a ray starts above the surface that it leaves. */
const OFFSET = 8e-4;

/**
 * The light that falls on a point: from every source, through a few rays to random points of them (soft shadows), and from other surfaces,
 * through a few rays into the half space above (contact shadows and the color of what is near). Results are irradiance divided by π, so
 * times a surface's color they are what one sees. With so few rays they are noisy: see denoise.ts.
 */
export class Lighting {
  /** Of the last call: from the sources, and from other surfaces. */
  readonly direct = new Float64Array(3);
  readonly indirect = new Float64Array(3);
  /** What is left of the light after the second reflection, taken as the same everywhere. */
  readonly ambient: readonly [number, number, number];

  private readonly weights: Float64Array;
  /** Per light: center (3), halfU (3), halfV (3), normal (3), radiance (3), area, size, radius (0 for a rectangle). */
  private readonly lights: Float64Array;
  private readonly sample = new Float64Array(3);
  private readonly bounce = new Float64Array(3);
  private readonly sampleOut = new Float64Array(3);
  private readonly color = new Float64Array(3);
  /** Of the last {@link radianceAlong}. */
  private readonly hit = new Hit();
  private readonly point: SurfacePoint = { u: 0, v: 0, halfU: 0, halfV: 0, face: 0, footprint: 0 };

  constructor(
    private readonly scene: Scene,
    private readonly tracer: SceneTracer,
  ) {
    this.weights = new Float64Array(scene.lights.length);
    this.lights = Float64Array.from(scene.lights.flatMap(numbersOf));
    const { width, depth, height } = scene;
    const surface = 2 * (width * depth + width * height + depth * height);
    const REFLECTED = 0.5;
    const share = (REFLECTED * REFLECTED) / (1 - REFLECTED) / PI;
    this.ambient = [0, 1, 2].map((channel) =>
      scene.lights.reduce(
        (sum, light) => sum + (share * PI * light.radiance[channel]! * lightArea(light)) / surface,
        0,
      ),
    ) as unknown as [number, number, number];
  }

  /** @param sources how many rays to light sources. @param seed decides their random points. */
  lightFromSources(hit: Hit, sources: number, seed: number, out: Float64Array = this.direct): void {
    const { x, y, z, nx, ny, nz } = hit;
    const { scene, tracer, weights, lights, sample } = this;
    const count = weights.length;
    const { sun } = scene;
    const ox = x + nx * OFFSET;
    const oy = y + ny * OFFSET;
    const oz = z + nz * OFFSET;
    let red = 0;
    let green = 0;
    let blue = 0;
    let total = 0;
    for (let index = 0; index < count; index++) {
      const weight = estimate(lights, index * STRIDE, hit);
      weights[index] = weight;
      total += weight;
    }
    if (total > 0) {
      const start = hashUnit(seed, 1);
      for (let ray = 0, index = 0, reached = weights[0]!; ray < sources; ray++) {
        const target = ((ray + start) / sources) * total;
        while (reached < target && index < count - 1) reached += weights[++index]!;
        const at = index * STRIDE;
        const strength = contribution(lights, at, hit, hash(seed, ray, 2), sample);
        if (strength <= 0) continue;
        const tx = sample[0]! - ox;
        const ty = sample[1]! - oy;
        const tz = sample[2]! - oz;
        if (tracer.isBlocked(ox, oy, oz, tx, ty, tz, 1e-6, 0.995)) continue;
        const factor = (strength * total) / (weights[index]! * sources);
        red += lights[at + 12]! * factor;
        green += lights[at + 13]! * factor;
        blue += lights[at + 14]! * factor;
      }
    }
    if (sun) {
      const [sx, sy, sz] = sun.direction;
      const facing = nx * sx + ny * sy + nz * sz;
      if (facing > 0 && this.mayComeThroughWindow(ox, oy, oz)) {
        // A little spread, as the sun is not a point.
        const jx = sx + 0.012 * (hashUnit(seed, 3) - 0.5);
        const jy = sy + 0.012 * (hashUnit(seed, 4) - 0.5);
        if (!tracer.isBlocked(ox, oy, oz, jx, jy, sz, 1e-6, 1e9)) {
          red += sun.radiance[0] * facing;
          green += sun.radiance[1] * facing;
          blue += sun.radiance[2] * facing;
        }
      }
    }
    out[0] = red;
    out[1] = green;
    out[2] = blue;
  }

  /** Whether the way to the sun leads through a source of light in a wall, about: most points need no ray then. */
  private mayComeThroughWindow(x: number, y: number, z: number): boolean {
    const [sx, sy, sz] = this.scene.sun!.direction;
    for (const light of this.scene.lights) {
      if (light.kind === 'sphere') continue;
      const { center, normal, halfU, halfV } = light;
      const speed = sx * normal[0] + sy * normal[1] + sz * normal[2];
      if (speed >= 0) continue;
      const cx = center[0] - x;
      const cy = center[1] - y;
      const cz = center[2] - z;
      const t = (cx * normal[0] + cy * normal[1] + cz * normal[2]) / speed;
      if (t <= 0) continue;
      const fromX = t * sx - cx;
      const fromY = t * sy - cy;
      const fromZ = t * sz - cz;
      const u = fromX * halfU[0] + fromY * halfU[1] + fromZ * halfU[2];
      const v = fromX * halfV[0] + fromY * halfV[1] + fromZ * halfV[2];
      const uu = halfU[0] * halfU[0] + halfU[1] * halfU[1] + halfU[2] * halfU[2];
      const vv = halfV[0] * halfV[0] + halfV[1] * halfV[1] + halfV[2] * halfV[2];
      if (Math.abs(u) < 1.2 * uu && Math.abs(v) < 1.2 * vv) return true;
    }
    return false;
  }

  /** @param rays how many directions. @param seed decides them. */
  lightFromSurfaces({ x, y, z, nx, ny, nz }: Hit, rays: number, seed: number): void {
    const { bounce, indirect } = this;
    indirect.fill(0);
    // Two directions at right angles to the normal.
    const sign = nz < 0 ? -1 : 1;
    const a = -1 / (sign + nz);
    const b = nx * ny * a;
    const tx = 1 + sign * nx * nx * a;
    const ty = sign * b;
    const tz = -sign * nx;
    const bx = b;
    const by = sign + ny * ny * a;
    const bz = -ny;
    const ox = x + nx * OFFSET;
    const oy = y + ny * OFFSET;
    const oz = z + nz * OFFSET;
    const first = hash(seed, 5);
    for (let ray = 0; ray < rays; ray++) {
      const at = ((first + ray) & 1023) * 3;
      const hx = HEMISPHERE[at]!;
      const hy = HEMISPHERE[at + 1]!;
      const hz = HEMISPHERE[at + 2]!;
      const dx = tx * hx + bx * hy + nx * hz;
      const dy = ty * hx + by * hy + ny * hz;
      const dz = tz * hx + bz * hy + nz * hz;
      const distance = this.radianceAlong(ox, oy, oz, dx, dy, dz, 1, 0.05, 0, hash(seed, ray, 6), bounce);
      if (distance < 0) continue;
      for (let channel = 0; channel < 3; channel++) {
        indirect[channel]! += Math.min(bounce[channel]!, 4 * this.ambient[channel]! + 1.5);
      }
    }
    for (let channel = 0; channel < 3; channel++) indirect[channel]! /= rays;
  }

  /**
   * What a ray meets sends back along it. A source of light itself counts as dark when `sources` is 1: it is sampled apart.
   *
   * @param blur the footprint of the ray at its origin, in metres, and `spread` what each metre adds.
   * @returns the distance to it, or −1 for nothing.
   */
  radianceAlong(
    ox: number,
    oy: number,
    oz: number,
    dx: number,
    dy: number,
    dz: number,
    sources: number,
    blur: number,
    spread: number,
    seed: number,
    out: Float64Array,
  ): number {
    const { tracer, color, hit } = this;
    const shape = tracer.nearest(ox, oy, oz, dx, dy, dz, 1e-6, 1e9);
    if (shape < 0) return -1;
    const t = tracer.distance;
    tracer.surfaceAt(shape, ox, oy, oz, dx, dy, dz, t, hit);
    const { material } = hit.primitive;
    locate(hit, blur + spread * t, this.point);
    material.texture(this.point, color);
    const emission = material.emission ?? 0;
    if (emission > 0) {
      const seen = sources === 1 ? Math.min(emission, 1) : emission;
      for (let channel = 0; channel < 3; channel++) out[channel] = color[channel]! * seen;
      return t;
    }
    this.lightFromSources(hit, sources, seed, this.sampleOut);
    for (let channel = 0; channel < 3; channel++) {
      out[channel] = color[channel]! * (this.sampleOut[channel]! + this.ambient[channel]!);
    }
    return t;
  }
}

function lightArea(light: Light): number {
  if (light.kind === 'sphere') return 4 * PI * light.radius * light.radius;
  return 4 * length(light.halfU) * length(light.halfV);
}

const STRIDE = 18;

function numbersOf(light: Light): number[] {
  if (light.kind === 'sphere') {
    return [...light.center, ...new Array(9).fill(0), ...light.radiance, lightArea(light), light.radius, light.radius];
  }
  const { center, halfU, halfV, normal, radiance } = light;
  return [...center, ...halfU, ...halfV, ...normal, ...radiance, lightArea(light), length(halfU) + length(halfV), 0];
}

/** About how much a source gives to a point if nothing is between. */
function estimate(lights: Float64Array, at: number, { x, y, z, nx, ny, nz }: Hit): number {
  const tx = lights[at]! - x;
  const ty = lights[at + 1]! - y;
  const tz = lights[at + 2]! - z;
  const squared = tx * tx + ty * ty + tz * tz;
  const distance = Math.sqrt(squared) + 1e-9;
  const size = lights[at + 16]!;
  // A large source still reaches a point whose surface looks a little away from its center.
  const facing = (nx * tx + ny * ty + nz * tz + size) / (distance + size);
  if (facing <= 0) return 0;
  const strength = (lights[at + 12]! + lights[at + 13]! + lights[at + 14]!) * lights[at + 15]!;
  if (lights[at + 17]! > 0) return (0.25 * strength * facing) / (squared + size * size);
  const away = -(tx * lights[at + 9]! + ty * lights[at + 10]! + tz * lights[at + 11]!);
  if (away <= 0) return 0;
  return (strength * facing * (away / distance)) / (squared + 0.25 * size * size);
}

/** What a random point of a source gives, divided by π and without its color; the point is written to `sample`. */
function contribution(
  lights: Float64Array,
  at: number,
  { x, y, z, nx, ny, nz }: Hit,
  seed: number,
  sample: Float64Array,
): number {
  const first = hashUnit(seed, 1) * 2 - 1;
  const second = hashUnit(seed, 2) * 2 - 1;
  const radius = lights[at + 17]!;
  if (radius > 0) {
    const size = radius * 1.1;
    sample[0] = lights[at]! + size * first;
    sample[1] = lights[at + 1]! + size * second;
    sample[2] = lights[at + 2]! + size * (hashUnit(seed, 3) * 2 - 1);
  } else {
    for (let axis = 0; axis < 3; axis++) {
      sample[axis] = lights[at + axis]! + lights[at + 3 + axis]! * first + lights[at + 6 + axis]! * second;
    }
  }
  const tx = sample[0]! - x;
  const ty = sample[1]! - y;
  const tz = sample[2]! - z;
  const squared = tx * tx + ty * ty + tz * tz;
  const distance = Math.sqrt(squared);
  const facing = (nx * tx + ny * ty + nz * tz) / distance;
  if (!(facing > 0)) return 0;
  if (radius > 0) return (radius * radius * facing) / (squared + radius * radius);
  const away = -(tx * lights[at + 9]! + ty * lights[at + 10]! + tz * lights[at + 11]!) / distance;
  if (away <= 0) return 0;
  return (facing * away * lights[at + 15]!) / (PI * (squared + 0.02));
}

function length(vector: readonly [number, number, number]): number {
  return Math.sqrt(vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2]);
}

function hemisphereDirections(count: number): Float64Array {
  const directions = new Float64Array(count * 3);
  for (let index = 0; index < count; index++) {
    // Two additive sequences of the plastic number: any run of them covers the square evenly.
    const u = (0.5 + index * 0.7548776662466927) % 1;
    const turn = ((0.5 + index * 0.5698402909980532) % 1) * 2 * PI;
    const radius = Math.sqrt(u);
    directions[index * 3] = radius * cosine(turn);
    directions[index * 3 + 1] = radius * sine(turn);
    directions[index * 3 + 2] = Math.sqrt(1 - u);
  }
  return directions;
}
