import type { SceneBuilder } from '../geometry/scene-builder.js';
import type { Random } from '../random.js';
import type { Style } from './style.js';

/** Furniture: its footprint and height in metres, and how to build it around the middle of its footprint, facing +z. */
export interface Furniture {
  width: number;
  depth: number;
  height: number;
  build(builder: SceneBuilder): void;
  /** Free floor that it needs in front, metres. @default 0.35 */
  clearance?: number;
  /** Whether it may stand under or over others (a rug). @default false */
  flat?: boolean;
}

export type FurnitureMaker = (random: Random, style: Style) => Furniture;

interface PieceOptions extends Pick<Furniture, 'clearance' | 'flat'> {
  size: readonly [width: number, depth: number, height: number];
}

/** Furniture of this size that `build` puts together. */
export function piece(
  { size: [width, depth, height], ...options }: PieceOptions,
  build: Furniture['build'],
): Furniture {
  return { width, depth, height, build, ...options };
}
