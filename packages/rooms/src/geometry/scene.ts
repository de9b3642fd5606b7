import type { Color } from '../materials/color.js';
import type { Primitive } from './shapes.js';

/** A flat or round source of light. */
export type Light =
  | {
      kind: 'rectangle';
      center: readonly [number, number, number];
      /** From the center to the middle of two sides. */
      halfU: readonly [number, number, number];
      halfV: readonly [number, number, number];
      /** To which side it shines; of length 1. */
      normal: readonly [number, number, number];
      radiance: Color;
    }
  | { kind: 'sphere'; center: readonly [number, number, number]; radius: number; radiance: Color };

/** What is rendered: shapes and lights in a room that spans x from 0 to `width`, y from 0 to `height`, z from 0 to `depth`. */
export interface Scene {
  width: number;
  depth: number;
  height: number;
  primitives: Primitive[];
  lights: Light[];
  /** Direct sunlight through the windows: the direction to the sun, and its strength. */
  sun?: { direction: readonly [number, number, number]; radiance: Color };
}
