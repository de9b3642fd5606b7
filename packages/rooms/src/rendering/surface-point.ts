import type { Hit } from '../geometry/hit.js';
import { halfExtents } from '../geometry/shapes.js';
import type { SurfacePoint } from '../materials/material.js';
import { PI, turnOf } from '../numeric.js';

/** Texture coordinates of a hit; (x, y, z), near it in the shape's own coordinates, may stand for its point. */
export function locate(
  { primitive: { geometry }, localX, localY, localZ, localNormalX, localNormalY, localNormalZ }: Hit,
  footprint: number,
  point: SurfacePoint,
  x = localX,
  y = localY,
  z = localZ,
): void {
  const ax = Math.abs(localNormalX);
  const ay = Math.abs(localNormalY);
  const az = Math.abs(localNormalZ);
  point.footprint = footprint;
  if (geometry.kind === 'panel') {
    set(point, x, y, geometry.halfX, geometry.halfY, 2);
  } else if (geometry.kind === 'frustum') {
    const radius = Math.max(geometry.bottomRadius, geometry.topRadius);
    if (ay > 0.8) set(point, x, z, radius, radius, 1);
    else set(point, (turnOf(z, x) - 0.5) * 2 * PI * radius, y, PI * radius, geometry.halfHeight, 4);
  } else {
    const [halfX, halfY, halfZ] = halfExtents(geometry);
    if (ay >= ax && ay >= az) set(point, x, z, halfX, halfZ, 1);
    else if (az >= ax) set(point, x, y, halfX, halfY, localNormalZ > 0 ? 2 : 3);
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
