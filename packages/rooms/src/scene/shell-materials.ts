import { type Color, palette, rgb, scaled } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import * as textures from '../materials/textures.js';
import type { Random } from '../random.js';

export type FloorKind = 'boards' | 'carpet' | 'tiles' | 'checks' | 'concrete' | 'linoleum';
export type WallKind = 'paint' | 'wallpaper' | 'brick' | 'concrete' | 'tiled';
export type CeilingKind = 'plain' | 'panels' | 'beams';

type MakeMaterial = (random: Random, seed: number) => Material;

const BOARD_COLORS = [
  palette('#be8a56', '#865630'),
  palette('#96623a', '#623a20'),
  palette('#d0ac7c', '#a67e52'),
  palette('#704a30', '#482c1c'),
] as const;
const CARPET_COLORS = palette('#b0a088', '#8c847c', '#78808a', '#987660', '#c4baa6', '#5a6070');
const TILE_COLORS = palette('#cec2ac', '#b8b2a8', '#96765a', '#dedcd4', '#a88c6e');
const CHECK_COLORS = palette('#3c3c3e', '#7e5c4a', '#6e827c');
const LINOLEUM_COLORS = palette('#bab4a6', '#9ea8a6', '#c2b296');
const BRICK_COLORS = palette('#a0543e', '#d6d0c6', '#8c604a');
const WALL_COLORS = palette(
  '#e4dece',
  '#eae8e2',
  '#d6ceb8',
  '#c4cecc',
  '#cec0a6',
  '#bcc8b8',
  '#deccba',
  '#b6c0ce',
  '#e2d6a4',
  '#ac8676',
);

export const FLOOR_MATERIALS: Record<FloorKind, MakeMaterial> = {
  boards: (random, seed) => {
    const [light, dark] = random.pick(BOARD_COLORS) as [Color, Color];
    return { texture: textures.planks(light, dark, seed, random.pick([0.07, 0.11, 0.15])), reflectivity: 0.035 };
  },
  carpet: (random, seed) => ({ texture: textures.carpet(random.pick(CARPET_COLORS), seed) }),
  tiles: (random, seed) => ({
    texture: textures.tiles(random.pick(TILE_COLORS), rgb(140, 134, 124), random.pick([0.2, 0.3, 0.45]), seed),
    reflectivity: 0.045,
  }),
  checks: (random, seed) => ({
    texture: textures.tiles(rgb(226, 222, 212), rgb(150, 146, 140), 0.3, seed, random.pick(CHECK_COLORS)),
    reflectivity: 0.04,
  }),
  concrete: (_random, seed) => ({ texture: textures.concrete(rgb(160, 156, 148), seed), reflectivity: 0.02 }),
  linoleum: (random, seed) => ({
    texture: textures.granite(random.pick(LINOLEUM_COLORS), rgb(140, 132, 122), seed),
    reflectivity: 0.04,
  }),
};

export const WALL_MATERIALS: Record<WallKind, MakeMaterial> = {
  paint: (random, seed) => ({ texture: textures.plain(random.pick(WALL_COLORS), seed, 0.025) }),
  tiled: (random, seed) => WALL_MATERIALS.paint(random, seed),
  wallpaper: (random, seed) => {
    const ground = random.pick(WALL_COLORS);
    return { texture: textures.wallpaper(ground, scaled(ground, random.pick([0.75, 0.85, 1.15])), seed) };
  },
  brick: (random, seed) => ({ texture: textures.bricks(random.pick(BRICK_COLORS), rgb(186, 178, 166), seed) }),
  concrete: (_random, seed) => ({ texture: textures.concrete(rgb(186, 182, 172), seed) }),
};

export function ceilingMaterial(random: Random, kind?: CeilingKind): Material {
  const white = random.pick([rgb(238, 236, 230), rgb(230, 226, 214), rgb(242, 242, 240)]);
  if (kind === 'panels') return { texture: textures.ceilingPanels(white, random.integer(1, 999)) };
  return { texture: textures.plain(white, random.integer(1, 999), 0.02) };
}
