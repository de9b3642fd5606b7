import { type Geometry, halfExtents } from '../geometry/shapes.js';
import type { SurfacePoint } from '../materials/material.js';
import { PI, turnOf } from '../numeric.js';

/** Texture coordinates of a point that is given in a shape's own coordinates, with its normal there. */
export function locate(
  geometry: Geometry,
  x: number,
  y: number,
  z: number,
  nx: number,
  ny: number,
  nz: number,
  footprint: number,
  point: SurfacePoint,
): void {
  const ax = nx < 0 ? -nx : nx;
  const ay = ny < 0 ? -ny : ny;
  const az = nz < 0 ? -nz : nz;
  point.footprint = footprint;
  if (geometry.kind === 'panel') {
    set(point, x, y, geometry.halfX, geometry.halfY, 2);
  } else if (geometry.kind === 'frustum') {
    const radius = Math.max(geometry.bottomRadius, geometry.topRadius);
    if (ay > 0.8) set(point, x, z, radius, radius, 1);
    else set(point, (turnOf(z, x) - 0.5) * 2 * PI * radius, y, PI * radius, geometry.halfHeight, 4);
  } else {
    const half = geometry.kind === 'box' ? geometry : undefined;
    const halfX = half ? half.halfX : halfExtents(geometry)[0];
    const halfY = half ? half.halfY : halfExtents(geometry)[1];
    const halfZ = half ? half.halfZ : halfExtents(geometry)[2];
    if (ay >= ax && ay >= az) set(point, x, z, halfX, halfZ, 1);
    else if (az >= ax) set(point, x, y, halfX, halfY, nz > 0 ? 2 : 3);
    else set(point, z, y, halfZ, halfY, 0);
  }
}

function set(point: SurfacePoint, u: number, v: number, halfU: number, halfV: number, face: number): void {
  point.u = u;
  point.v = v;
  point.halfU = halfU;
  point.halfV = halfV;
  point.face = face;
}
