/** A point on a surface, as textures see it. One object is reused for all pixels. */
export interface SurfacePoint {
  /** Metres across the face, from its center. */
  u: number;
  /** Metres up the face, from its center. */
  v: number;
  /** Half the face's width in metres. */
  halfU: number;
  /** Half the face's height in metres. */
  halfV: number;
  /** Which side of the shape: 0 its sides (x), 1 its top and bottom (y), 2 its front (z), 3 its back, 4 around. */
  face: number;
  /** About how many metres of the surface one pixel covers: detail finer than that is left out. */
  footprint: number;
}

/** Writes the color of a point, linear RGB from 0 to 1, into `out`. */
export type Texture = (point: SurfacePoint, out: Float64Array) => void;

export interface Material {
  texture: Texture;
  /** Share of light that is reflected as by a mirror, seen head-on; 0 dull, 0.04 polished, 0.9 mirror. @default 0 */
  reflectivity?: number;
  /** How strongly it emits light, times its color. @default 0 */
  emission?: number;
  /** Whether light passes through it. @default false */
  transparentToLight?: boolean;
  /** What the infrared pattern of a depth sensor does here. @default 'seen' */
  infrared?: 'seen' | 'lost' | 'weak';
}
