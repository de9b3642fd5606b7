import type { Primitive } from './shapes.js';

/** Where a ray meets a shape. One object is reused for many rays, as millions are traced. */
export class Hit {
  /** Which shape; unset until {@link SceneTracer.surfaceAt} fills this in. */
  primitive!: Primitive;
  /** The point in the world. */
  x = 0;
  y = 0;
  z = 0;
  /** Outward normal in the world, turned towards the viewer. */
  nx = 0;
  ny = 0;
  nz = 0;
  /** The point and its outward normal in the shape's own coordinates. */
  localX = 0;
  localY = 0;
  localZ = 0;
  localNormalX = 0;
  localNormalY = 0;
  localNormalZ = 0;
}
