import type { Pose, RayGrid } from '../geometry/camera.js';
import { Hit } from '../geometry/hit.js';
import type { Scene } from '../geometry/scene.js';
import type { SceneTracer } from '../geometry/scene-tracer.js';
import { encodeSrgb } from '../materials/color.js';
import type { SurfacePoint } from '../materials/material.js';
import { clamp, hash, hashUnit } from '../numeric.js';
import { type LightGrid, smoothLight } from './denoise.js';
import type { GeometryBuffer } from './geometry-buffer.js';
import { Lighting } from './lighting.js';
import { locate } from './surface-point.js';

export interface ImageOptions {
  /** Decides the random points of lights and the sensor's noise. */
  seed: number;
  /** Times the brightness that the exposure aims at. @default 1 */
  brightness?: number;
  /** Color of the white balance's error, one factor per channel. @default [1, 1, 1] */
  tint?: readonly [number, number, number];
  /** Times the usual noise of the sensor. @default 1 */
  grain?: number;
  /** Fewer rays, for pictures of which many are made. @default false */
  isFast?: boolean;
}

/** How many rays to light sources and to other surfaces, and which share of a reflection is left out. */
const FINE = { sources: 4, surfaces: 3, leastReflection: 0.01 };
const FAST = { sources: 3, surfaces: 2, leastReflection: 0.04 };

/** A frame's colors, 8 bits a channel, interleaved: what a camera of modest quality makes of the scene. */
export function renderImage(
  scene: Scene,
  tracer: SceneTracer,
  pose: Pose,
  rays: RayGrid,
  buffer: GeometryBuffer,
  options: ImageOptions,
): Uint8Array {
  const radiance = new ImageRenderer(scene, tracer, pose, rays, buffer, options).radiance();
  return develop(radiance, rays.width, rays.height, options);
}

class ImageRenderer {
  private readonly lighting: Lighting;
  private readonly seed: number;
  private readonly effort: typeof FINE;
  private readonly factor: number;
  private readonly grid: LightGrid;
  private readonly light: Float64Array;
  private readonly point: SurfacePoint = { u: 0, v: 0, halfU: 0, halfV: 0, face: 0, footprint: 0 };
  private readonly hit = new Hit();
  private readonly color = new Float64Array(3);
  private readonly texel = new Float64Array(3);
  private readonly received = new Float64Array(3);
  private readonly reflected = new Float64Array(3);
  /** The current ray's direction. */
  private dx = 0;
  private dy = 0;
  private dz = 0;

  constructor(
    scene: Scene,
    private readonly tracer: SceneTracer,
    private readonly pose: Pose,
    private readonly rays: RayGrid,
    private readonly buffer: GeometryBuffer,
    { seed, isFast = false }: ImageOptions,
  ) {
    this.seed = seed;
    this.effort = isFast ? FAST : FINE;
    this.lighting = new Lighting(scene, tracer);
    // Light changes slowly over a surface: it is computed for one pixel in 3 × 3 or 2 × 2.
    this.factor = rays.width < 64 ? 1 : isFast || rays.width >= 480 ? 3 : 2;
    this.grid = this.sampleGrid();
    this.light = this.lightOnGrid();
  }

  /** Linear light, three values per pixel. */
  radiance(): Float64Array {
    const { rays, buffer, color } = this;
    const { width, height } = rays;
    const radiance = new Float64Array(width * height * 3);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const at = row * width + column;
        if (this.isEdge(row, column)) this.shadeEdge(row, column);
        else {
          this.aim(row, column, 0, 0);
          this.shade(buffer.shape[at]!, buffer.depth[at]!, row, column, true);
        }
        radiance[at * 3] = color[0]!;
        radiance[at * 3 + 1] = color[1]!;
        radiance[at * 3 + 2] = color[2]!;
      }
    }
    return radiance;
  }

  private aim(row: number, column: number, right: number, down: number): void {
    const { rays, pose } = this;
    const { width, height } = rays;
    const at = row * width + column;
    const beside = column + 1 < width ? 1 : -1;
    const below = row + 1 < height ? width : -width;
    const x = rays.x[at]! + right * beside * (rays.x[at + beside]! - rays.x[at]!);
    const y = rays.y[at]! + down * (below > 0 ? 1 : -1) * (rays.y[at + below]! - rays.y[at]!);
    this.dx = pose.right[0] * x + pose.down[0] * y + pose.forward[0];
    this.dy = pose.right[1] * x + pose.down[1] * y + pose.forward[1];
    this.dz = pose.right[2] * x + pose.down[2] * y + pose.forward[2];
  }

  private isEdge(row: number, column: number): boolean {
    const { width, height } = this.rays;
    const { shape } = this.buffer;
    const own = shape[row * width + column]!;
    return (
      (column > 0 && shape[row * width + column - 1] !== own) ||
      (column + 1 < width && shape[row * width + column + 1] !== own) ||
      (row > 0 && shape[(row - 1) * width + column] !== own) ||
      (row + 1 < height && shape[(row + 1) * width + column] !== own)
    );
  }

  /** Three rays through the pixel instead of one, so that edges are not jagged. */
  private shadeEdge(row: number, column: number): void {
    const { color, tracer, pose, buffer, rays } = this;
    const at = row * rays.width + column;
    this.aim(row, column, 0, 0);
    this.shade(buffer.shape[at]!, buffer.depth[at]!, row, column, false);
    let red = color[0]!;
    let green = color[1]!;
    let blue = color[2]!;
    for (let part = -1; part <= 1; part += 2) {
      this.aim(row, column, 0.33 * part, 0.22 * part);
      const [ox, oy, oz] = pose.position;
      const hit = tracer.nearest(ox, oy, oz, this.dx, this.dy, this.dz, 0.05, 1e9);
      this.shade(hit, tracer.distance, row, column, false);
      red += color[0]!;
      green += color[1]!;
      blue += color[2]!;
    }
    color[0] = red / 3;
    color[1] = green / 3;
    color[2] = blue / 3;
  }

  /** The color of what the current ray meets, into `color`. */
  private shade(shape: number, depth: number, row: number, column: number, smooth: boolean): void {
    const { tracer, pose, color, texel, point, received, hit } = this;
    color[0] = 0;
    color[1] = 0;
    color[2] = 0;
    if (shape < 0) return;
    const { dx, dy, dz } = this;
    const [ox, oy, oz] = pose.position;
    tracer.surfaceAt(shape, ox, oy, oz, dx, dy, dz, depth, hit);
    const { x, y, z, nx, ny, nz, localX, localY, localZ } = hit;
    const { material, placement } = hit.primitive;
    const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
    const facing = Math.max(-(nx * dx + ny * dy + nz * dz) / length, 0.08);
    const pixel = depth * Math.abs(this.rays.x[1]! - this.rays.x[0]!);
    const footprint = pixel / Math.sqrt(facing);
    if (smooth) {
      // Two points within the pixel, on the plane that touches the surface here.
      const r = placement.rotation;
      for (let part = -1; part <= 1; part += 2) {
        this.aim(row, column, 0.25 * part, 0.25 * part);
        const denominator = nx * this.dx + ny * this.dy + nz * this.dz;
        const along =
          denominator < -0.02 * length ? (nx * (x - ox) + ny * (y - oy) + nz * (z - oz)) / denominator : depth;
        const mx = ox + along * this.dx - x;
        const my = oy + along * this.dy - y;
        const mz = oz + along * this.dz - z;
        locate(
          hit,
          footprint * 0.6,
          point,
          localX + r[0] * mx + r[3] * my + r[6] * mz,
          localY + r[1] * mx + r[4] * my + r[7] * mz,
          localZ + r[2] * mx + r[5] * my + r[8] * mz,
        );
        material.texture(point, texel);
        for (let channel = 0; channel < 3; channel++) color[channel]! += texel[channel]! * 0.5;
      }
      this.dx = dx;
      this.dy = dy;
      this.dz = dz;
    } else {
      locate(hit, footprint, point);
      material.texture(point, color);
    }
    const emission = material.emission ?? 0;
    if (emission > 0) {
      for (let channel = 0; channel < 3; channel++) color[channel]! *= emission;
    } else {
      this.receivedLight(row, column);
      for (let channel = 0; channel < 3; channel++) color[channel]! *= received[channel]!;
    }
    const reflectivity = material.reflectivity ?? 0;
    if (reflectivity > 0) this.addReflection(reflectivity, length, facing);
  }

  /** The light on the nearest points of the grid that lie on the same surface. */
  private receivedLight(row: number, column: number): void {
    const { grid, light, received, factor, hit } = this;
    const { x, y, z, nx, ny, nz } = hit;
    const { width, height, normal, position, depth } = grid;
    const gridX = (column + 0.5) / factor - 0.5;
    const gridY = (row + 0.5) / factor - 0.5;
    const left = Math.floor(gridX);
    const top = Math.floor(gridY);
    let total = 0;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let reach = 0; reach < 3 && total < 1e-4; reach++) {
      // First the four points around; if none of them is on this surface, more of them, less strictly.
      const tolerance = reach === 0 ? 1 : 0.3;
      for (let otherRow = top - reach; otherRow <= top + 1 + reach; otherRow++) {
        if (otherRow < 0 || otherRow >= height) continue;
        for (let otherColumn = left - reach; otherColumn <= left + 1 + reach; otherColumn++) {
          if (otherColumn < 0 || otherColumn >= width) continue;
          const other = otherRow * width + otherColumn;
          if (depth[other] === 0) continue;
          const at = other * 3;
          const agree = nx * normal[at]! + ny * normal[at + 1]! + nz * normal[at + 2]!;
          if (agree < 0.2) continue;
          const off =
            (tolerance * (nx * (position[at]! - x) + ny * (position[at + 1]! - y) + nz * (position[at + 2]! - z))) /
            (0.004 + 0.005 * depth[other]!);
          const ax = 1.02 - Math.min(1, Math.abs(gridX - otherColumn) / (1 + reach));
          const ay = 1.02 - Math.min(1, Math.abs(gridY - otherRow) / (1 + reach));
          const weight = (ax * ay * agree * agree * agree * agree) / (1 + off * off * off * off);
          total += weight;
          red += weight * light[at]!;
          green += weight * light[at + 1]!;
          blue += weight * light[at + 2]!;
        }
      }
    }
    if (total < 1e-4) {
      // A sliver that no grid point saw.
      const { lighting, effort } = this;
      lighting.lightFromSources(hit, effort.sources, hash(row, column, 8, this.seed));
      lighting.lightFromSurfaces(hit, effort.surfaces, hash(row, column, 9, this.seed));
      for (let channel = 0; channel < 3; channel++) {
        received[channel] = lighting.direct[channel]! + lighting.indirect[channel]!;
      }
      return;
    }
    received[0] = red / total;
    received[1] = green / total;
    received[2] = blue / total;
  }

  private addReflection(reflectivity: number, length: number, facing: number): void {
    const { lighting, color, reflected } = this;
    const { x, y, z, nx, ny, nz } = this.hit;
    const away = 1 - facing;
    const share = reflectivity + (1 - reflectivity) * away * away * away * away * away * (reflectivity > 0.5 ? 1 : 0.6);
    if (share < this.effort.leastReflection) return;
    const along = (2 * (nx * this.dx + ny * this.dy + nz * this.dz)) / length;
    const rx = this.dx / length - along * nx;
    const ry = this.dy / length - along * ny;
    const rz = this.dz / length - along * nz;
    const [ox, oy, oz] = [x + nx * 1e-3, y + ny * 1e-3, z + nz * 1e-3];
    const mirror = reflectivity > 0.5;
    const seed = hash(Math.floor(x * 500), Math.floor(y * 500), Math.floor(z * 500), this.seed);
    const [sources, blur, spread] = mirror ? [6, 0, 0.006] : [2, 0.02, 0.05];
    const t = lighting.radianceAlong(ox, oy, oz, rx, ry, rz, sources, blur, spread, seed, reflected);
    if (t < 0) return;
    // What is not a mirror is rough: it shows near things and blurs far ones away.
    const strength = mirror ? share : share / (1 + 0.7 * t);
    for (let channel = 0; channel < 3; channel++) {
      color[channel] = color[channel]! * (1 - share) + strength * Math.min(reflected[channel]!, mirror ? 6 : 2);
    }
  }

  /** The pixels for which light is computed. */
  private sampleGrid(): LightGrid {
    const { rays, buffer, factor, pose } = this;
    const width = Math.ceil(rays.width / factor);
    const height = Math.ceil(rays.height / factor);
    const grid: LightGrid = {
      width,
      height,
      normal: new Float64Array(width * height * 3),
      position: new Float64Array(width * height * 3),
      depth: new Float64Array(width * height),
    };
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const pixel = row * width + column;
        // One of the block's pixels, in turn, so that thin things are met somewhere.
        const turn = (2 * row + column) % factor;
        const inRow = Math.min(rays.height - 1, row * factor + ((turn + column) % factor));
        const inColumn = Math.min(rays.width - 1, column * factor + turn);
        const from = inRow * rays.width + inColumn;
        if (buffer.shape[from]! < 0) continue;
        this.aim(inRow, inColumn, 0, 0);
        const depth = buffer.depth[from]!;
        grid.depth[pixel] = depth;
        grid.position.set(
          [pose.position[0] + depth * this.dx, pose.position[1] + depth * this.dy, pose.position[2] + depth * this.dz],
          pixel * 3,
        );
        grid.normal.set(buffer.normal.subarray(from * 3, from * 3 + 3), pixel * 3);
      }
    }
    return grid;
  }

  private lightOnGrid(): Float64Array {
    const { grid, lighting, seed, hit, effort } = this;
    const { position, normal } = grid;
    const direct = new Float64Array(position.length);
    const indirect = new Float64Array(position.length);
    for (let pixel = 0; pixel < grid.depth.length; pixel++) {
      if (grid.depth[pixel] === 0) continue;
      const at = pixel * 3;
      [hit.x, hit.y, hit.z] = [position[at]!, position[at + 1]!, position[at + 2]!];
      [hit.nx, hit.ny, hit.nz] = [normal[at]!, normal[at + 1]!, normal[at + 2]!];
      lighting.lightFromSources(hit, effort.sources, hash(pixel, 1, 0, seed));
      direct.set(lighting.direct, at);
      lighting.lightFromSurfaces(hit, effort.surfaces, hash(pixel, 2, 0, seed));
      indirect.set(lighting.indirect, at);
    }
    const light = smoothLight(grid, direct, 2);
    const spread = smoothLight(grid, indirect, 4);
    for (let at = 0; at < light.length; at++) light[at]! += spread[at]!;
    return light;
  }
}

/** Exposure, tone curve, a darker rim, noise, 8 bits. */
function develop(
  radiance: Float64Array,
  width: number,
  height: number,
  { seed, brightness = 1, tint = [1, 1, 1], grain: strength = 1 }: ImageOptions,
): Uint8Array {
  let key = 0;
  for (let at = 0; at < radiance.length; at += 3) {
    // Square roots, so that a window does not make the room black.
    key += Math.sqrt(0.3 * radiance[at]! + 0.6 * radiance[at + 1]! + 0.1 * radiance[at + 2]!);
  }
  key /= radiance.length / 3;
  const exposure = (0.24 * brightness) / Math.max(key * key, 1e-6);
  const image = new Uint8Array(radiance.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = (row * width + column) * 3;
      const fromX = (2 * column) / width - 1;
      const fromY = (2 * row) / height - 1;
      const rim = 1 - 0.1 * (fromX * fromX + fromY * fromY);
      const grainShared = hashUnit(column, row, 3, seed) + hashUnit(column, row, 4, seed) - 1;
      for (let channel = 0; channel < 3; channel++) {
        const x = radiance[at + channel]! * exposure * rim * tint[channel]!;
        // A curve with a toe and a shoulder, as film has.
        const toned = (x * (2.51 * x + 0.1)) / (x * (2.43 * x + 0.7) + 0.14);
        const grain = strength * (0.006 * grainShared + 0.006 * (hashUnit(column, row, 5 + channel, seed) - 0.5));
        image[at + channel] = Math.floor(clamp(encodeSrgb(clamp(toned, 0, 1)) + grain, 0, 1) * 255 + 0.5);
      }
    }
  }
  return image;
}
