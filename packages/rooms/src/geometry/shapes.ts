import type { Material } from '../materials/material.js';

/** Where a shape stands: its center, and the directions of its own x, y and z in the world (right, up, towards the viewer). */
export interface Placement {
  x: number;
  y: number;
  z: number;
  /** Row-major; column k is the shape's axis k in world coordinates. Orthonormal. */
  rotation: readonly [number, number, number, number, number, number, number, number, number];
}

/**
 * The solids a scene is made of, each around its own center, in metres.
 *
 * - `box`: half sizes along x, y, z; `radius` rounds its edges.
 * - `frustum`: a cone cut at both ends, standing along y; with equal radii a cylinder.
 * - `ellipsoid`: three radii.
 * - `panel`: a flat rectangle facing z, with rectangular holes given in its own coordinates.
 */
export type Geometry =
  | { kind: 'box'; halfX: number; halfY: number; halfZ: number; radius?: number }
  | { kind: 'frustum'; bottomRadius: number; topRadius: number; halfHeight: number }
  | { kind: 'ellipsoid'; radiusX: number; radiusY: number; radiusZ: number }
  | { kind: 'panel'; halfX: number; halfY: number; holes?: readonly Hole[] };

export interface Hole {
  left: number;
  right: number;
  bottom: number;
  top: number;
}

export interface Primitive {
  geometry: Geometry;
  placement: Placement;
  material: Material;
}

/** Half sizes of the box, in the shape's own coordinates, that encloses it. */
export function halfExtents(geometry: Geometry): [number, number, number] {
  switch (geometry.kind) {
    case 'box':
      return [geometry.halfX, geometry.halfY, geometry.halfZ];
    case 'frustum': {
      const radius = Math.max(geometry.bottomRadius, geometry.topRadius);
      return [radius, geometry.halfHeight, radius];
    }
    case 'ellipsoid':
      return [geometry.radiusX, geometry.radiusY, geometry.radiusZ];
    case 'panel':
      return [geometry.halfX, geometry.halfY, 0];
  }
}
