import type { Pose, RayGrid } from '../geometry/camera.js';
import { Hit } from '../geometry/hit.js';
import type { SceneTracer } from '../geometry/scene-tracer.js';

/** What each pixel's ray meets. Arrays have one value per pixel, normals three. */
export interface GeometryBuffer {
  /** Z-depth in metres; 0 where the ray leaves the scene. */
  depth: Float64Array;
  /** Index of the shape, −1 for none. */
  shape: Int32Array;
  normal: Float64Array;
}

/** How near to the camera a surface is seen at all, metres. */
const NEAR = 0.05;

export function traceGeometry(tracer: SceneTracer, pose: Pose, rays: RayGrid): GeometryBuffer {
  const count = rays.width * rays.height;
  const depth = new Float64Array(count);
  const shape = new Int32Array(count);
  const normal = new Float64Array(count * 3);
  const hit = new Hit();
  const [ox, oy, oz] = pose.position;
  const [rx, ry, rz] = pose.right;
  const [bx, by, bz] = pose.down;
  const [fx, fy, fz] = pose.forward;
  for (let at = 0; at < count; at++) {
    const x = rays.x[at]!;
    const y = rays.y[at]!;
    const dx = rx * x + bx * y + fx;
    const dy = ry * x + by * y + fy;
    const dz = rz * x + bz * y + fz;
    const index = tracer.nearest(ox, oy, oz, dx, dy, dz, NEAR, 1e9);
    shape[at] = index;
    if (index < 0) continue;
    const t = tracer.distance;
    depth[at] = t;
    tracer.surfaceAt(index, ox, oy, oz, dx, dy, dz, t, hit);
    normal[at * 3] = hit.nx;
    normal[at * 3 + 1] = hit.ny;
    normal[at * 3 + 2] = hit.nz;
  }
  return { depth, shape, normal };
}
