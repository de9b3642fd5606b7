import type { Random } from '../random.js';
import type { Assembler } from './assembler.js';
import type { Style } from './style.js';

/** A thing that stands in a room: its footprint and height in metres, and how to build it around the middle of its footprint, facing +z. */
export interface Furniture {
  width: number;
  depth: number;
  height: number;
  build(assembler: Assembler): void;
  /** Free floor that it needs in front, metres. @default 0.35 */
  clearance?: number;
  /** Whether it may stand under or over others (a rug). @default false */
  flat?: boolean;
}

export type FurnitureMaker = (random: Random, style: Style) => Furniture;
