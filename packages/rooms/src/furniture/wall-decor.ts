import type { SceneBuilder } from '../geometry/scene-builder.js';
import { palette, rgb } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import * as textures from '../materials/textures.js';
import type { Random } from '../random.js';
import { bookRow, plantPot } from './small-objects.js';
import { accentMaterial, type Style } from './style.js';

/** A thing that hangs on a wall: its size and the height of its middle; built around its middle, its back at z = 0. */
export interface WallDecor {
  width: number;
  height: number;
  middle: number;
  build(builder: SceneBuilder): void;
}

export type WallDecorMaker = (random: Random, style: Style) => WallDecor;

const CHALKS = palette('#ebebe4', '#e6d68c');
const MENU_CHALKS = palette('#eeece4', '#ecc878', '#a0d2be');
const PENS = palette('#1e286e', '#a01e1e', '#1e6432', '#1e1e22');

function decor(
  { size: [width, height], middle }: { size: readonly [width: number, height: number]; middle: number },
  build: WallDecor['build'],
): WallDecor {
  return { width, height, middle, build };
}

export const picture: WallDecorMaker = (random, style) => {
  const width = random.between(0.4, 1);
  const height = width * random.between(0.65, 1.3);
  const frame = random.pick([style.wood, style.darkWood, style.blackPlastic, style.whitePlastic]);
  const mounted = random.chance(0.6);
  const seed = random.integer(0, 1e6);
  return decor({ size: [width, height], middle: random.between(1.5, 1.65) }, (a) => {
    framed(a, width, height, frame);
    const margin = mounted ? 0.09 : 0.025;
    if (mounted) a.box(0, -height / 2 + 0.03, 0.018, width - 0.06, height - 0.06, 0.012, style.paper);
    a.box(0, -height / 2 + margin, 0.0205, width - 2 * margin, height - 2 * margin, 0.012, {
      texture: textures.painting(seed),
    });
  });
};

export const poster: WallDecorMaker = (random) => {
  const width = random.between(0.45, 0.75);
  const seed = random.integer(0, 1e6);
  return decor({ size: [width, width * 1.4], middle: random.between(1.5, 1.65) }, (a) => {
    a.box(0, -width * 0.7, 0.003, width, width * 1.4, 0.004, { texture: textures.poster(seed) });
  });
};

export const wallMirror: WallDecorMaker = (random, style) => {
  const [width, height] = random.pick([
    [0.5, 0.9],
    [0.8, 0.6],
    [0.7, 1.1],
  ] as const);
  const frame = random.pick([style.darkWood, style.wood]);
  return decor({ size: [width, height], middle: 1.5 }, (a) => {
    framed(a, width, height, frame);
    a.box(0, -height / 2 + 0.03, 0.02, width - 0.06, height - 0.06, 0.01, style.mirror);
  });
};

export function whiteboard(width = 2): WallDecorMaker {
  return (random, style) => {
    const dark = random.chance(0.25);
    const seed = random.integer(0, 1e6);
    const surface: Material = dark
      ? { texture: textures.writingBoard(rgb(40, 70, 58), CHALKS, seed) }
      : { texture: textures.writingBoard(rgb(240, 241, 240), PENS, seed), reflectivity: 0.04 };
    return decor({ size: [width, 1.2], middle: 1.45 }, (a) => {
      a.box(0, -0.6, 0.01, width, 1.2, 0.02, dark ? style.wood : style.metal);
      a.box(0, -0.57, 0.014, width - 0.06, 1.14, 0.018, surface);
      a.box(0, -0.62, 0.05, width * 0.7, 0.02, 0.08, dark ? style.wood : style.metal);
    });
  };
}

/** A pulled-down screen with a projected slide. */
export const projectionScreen: WallDecorMaker = (random, style) => {
  const lit = random.chance(0.5);
  const slide: Material = lit
    ? { texture: textures.screen(random.integer(0, 1e6) * 3), emission: 1.2 }
    : { texture: textures.plain(rgb(238, 238, 236)) };
  return decor({ size: [2, 1.5], middle: 1.6 }, (a) => {
    a.bar([-1, 0.74, 0.06], [1, 0.74, 0.06], 0.05, style.whitePlastic);
    a.box(0, -0.72, 0.05, 1.9, 1.45, 0.006, style.blackPlastic);
    a.box(0, -0.67, 0.052, 1.8, 1.35, 0.008, slide);
  });
};

export const noticeBoard: WallDecorMaker = (random, style) => {
  const width = random.between(0.9, 1.5);
  const seed = random.integer(0, 1e6);
  return decor({ size: [width, 0.9], middle: 1.5 }, (a) => {
    framed(a, width, 0.9, style.wood);
    a.box(0, -0.42, 0.02, width - 0.05, 0.85, 0.012, { texture: textures.noticeBoard(seed) });
  });
};

export const clock: WallDecorMaker = (random, style) => {
  const seed = random.integer(0, 1e6);
  return decor({ size: [0.32, 0.32], middle: 1.95 }, (a) => {
    a.withTransform({ z: 0.02, pitch: 1.5707963 }, () => a.cylinder(0, -0.02, 0, 0.16, 0.04, style.blackPlastic));
    a.panel(0, 0, 0.0405, 0.22, 0.22, { texture: textures.clockFace(seed) });
  });
};

/** A board on brackets with books and a plant. */
export const wallShelf: WallDecorMaker = (random, style) => {
  const width = random.between(0.7, 1.1);
  const things = random.fork();
  return decor({ size: [width, 0.45], middle: 1.6 }, (a) => {
    a.box(0, -0.2, 0.11, width, 0.025, 0.22, style.wood);
    a.withTransform({ x: -width * 0.12, y: -0.175, z: 0.11 }, () => bookRow(a, things, width * 0.7, 0.3, 0.18, 0.8));
    a.withTransform({ x: width * 0.38, y: -0.175, z: 0.11 }, () => plantPot(a, things, style, 0.16));
  });
};

/** A menu in chalk, above a café's counter. */
export const menuBoard: WallDecorMaker = (random, style) => {
  const seed = random.integer(0, 1e6);
  return decor({ size: [1.5, 0.8], middle: 1.95 }, (a) => {
    framed(a, 1.5, 0.8, style.wood);
    a.box(0, -0.37, 0.02, 1.44, 0.74, 0.012, { texture: textures.writingBoard(rgb(36, 38, 40), MENU_CHALKS, seed) });
  });
};

/** Hooks with jackets and a bag. */
export const coatHooks: WallDecorMaker = (random, style) => {
  const things = random.fork();
  return decor({ size: [1.1, 1], middle: 1.3 }, (a) => {
    a.box(0, 0.36, 0.012, 1.1, 0.12, 0.02, style.wood);
    for (let hook = 0; hook < 5; hook++) {
      const x = -0.44 + hook * 0.22;
      a.bar([x, 0.42, 0.02], [x, 0.44, 0.09], 0.008, style.metal);
      if (things.chance(0.55)) a.box(x, -0.45, 0.085, 0.24, 0.85, 0.13, accentMaterial(things), 0.06);
    }
  });
};

export const radiator: WallDecorMaker = (_random, style) =>
  decor({ size: [1, 0.56], middle: 0.42 }, (a) => {
    for (let fin = 0; fin < 12; fin++) a.box(-0.46 + fin * 0.084, -0.28, 0.07, 0.06, 0.56, 0.1, style.whiteWood, 0.025);
    a.bar([-0.5, -0.24, 0.06], [0.5, -0.24, 0.06], 0.014, style.whiteWood);
  });

function framed(a: SceneBuilder, width: number, height: number, material: Material): void {
  a.box(0, -height / 2, 0.011, width, height, 0.022, material, 0.004);
  for (const x of [-1, 1]) a.box(x * (width / 2 - 0.0125), -height / 2, 0.018, 0.025, height, 0.036, material, 0.005);
  for (const y of [-1, 1]) a.box(0, y * (height / 2 - 0.0125) - 0.0125, 0.018, width, 0.025, 0.036, material, 0.005);
}
