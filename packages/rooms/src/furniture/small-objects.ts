import type { SceneBuilder } from '../geometry/scene-builder.js';
import { palette, rgb, scaled } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import * as textures from '../materials/textures.js';
import type { Random } from '../random.js';
import { accentMaterial, type Style } from './style.js';

const GLASS = palette('#285032', '#c8bea0', '#782828', '#466e96');
const FRUITS = palette('#be3c28', '#dcaa32', '#82a03c', '#d77828');
const CARDBOARD = palette('#b28a5c', '#c0986c', '#a07a54');

// Things that stand on other things. Each is built around the middle of its underside.

/** A row of upright books from −width / 2, filling about `share` of it. */
export function bookRow(a: SceneBuilder, random: Random, width: number, height: number, depth: number, share = 0.9) {
  let x = -width / 2 + 0.005;
  const end = -width / 2 + width * share;
  while (x < end) {
    const thickness = random.between(0.018, 0.05);
    if (x + thickness > width / 2) break;
    const tall = Math.min(height * random.between(0.65, 0.95), 0.32);
    const deep = depth * random.between(0.7, 0.95);
    const color = textures.vivid(random.integer(0, 1e6));
    a.box(x + thickness / 2, 0, (depth - deep) / 2 - 0.01, thickness * 0.94, tall, deep, {
      texture: bookTexture(color, random.integer(0, 1e6)),
    });
    x += thickness;
    if (random.chance(0.06)) x += random.between(0.03, 0.12);
  }
}

function bookTexture(color: ReturnType<typeof rgb>, seed: number): Material['texture'] {
  const base = textures.plain(color, seed, 0.08);
  const pages = textures.plain(rgb(228, 218, 196), seed, 0.1);
  return (point, out) => {
    if (point.face === 1) return pages(point, out);
    base(point, out);
    const y = point.v / point.halfV;
    if (point.face === 2 && ((y > 0.5 && y < 0.62) || (y > -0.7 && y < -0.62))) {
      for (let channel = 0; channel < 3; channel++) out[channel] = out[channel]! * 0.3 + 0.5;
    }
  };
}

export function bookStack(a: SceneBuilder, random: Random, count = random.integer(2, 5)): void {
  let y = 0;
  for (let index = 0; index < count; index++) {
    const thickness = random.between(0.015, 0.045);
    a.withTransform({ y, yaw: random.between(-0.35, 0.35) }, () =>
      a.box(0, 0, 0, random.between(0.14, 0.24), thickness, random.between(0.18, 0.3), {
        texture: textures.plain(textures.vivid(random.integer(0, 1e6)), index, 0.05),
      }),
    );
    y += thickness;
  }
}

export function plantPot(a: SceneBuilder, random: Random, style: Style, size: number): void {
  a.cylinder(0, 0, 0, size * 0.26, size * 0.42, style.pot, size * 0.34);
  const leaves = random.integer(9, 14);
  for (let index = 0; index < leaves; index++) {
    const spread = size * 0.42;
    const [x, z] = [random.between(-spread, spread), random.between(-spread, spread)];
    const y = size * random.between(0.6, 1.25);
    a.bar([x * 0.15, size * 0.4, z * 0.15], [x, y, z], size * 0.012, style.leaf);
    a.withTransform({ x, y, z, yaw: random.between(0, 6), pitch: random.between(-0.7, 0.7) }, () =>
      a.ellipsoid(0, 0, 0, size * 0.17, size * 0.05, size * 0.26, style.leaf),
    );
  }
}

export function mug(a: SceneBuilder, random: Random): void {
  a.cylinder(0, 0, 0, 0.038, 0.09, accentMaterial(random));
}

export function bottle(a: SceneBuilder, random: Random): void {
  const material: Material = {
    texture: textures.plain(random.pick(GLASS), 1),
    reflectivity: 0.05,
  };
  a.cylinder(0, 0, 0, 0.033, 0.17, material);
  a.cylinder(0, 0.17, 0, 0.033, 0.05, material, 0.012);
  a.cylinder(0, 0.22, 0, 0.013, 0.05, material);
}

export function bowl(a: SceneBuilder, random: Random, style: Style): void {
  a.cylinder(0, 0, 0, 0.06, 0.07, style.ceramic, 0.14);
  for (let index = 0; index < 4; index++) {
    const fruit: Material = { texture: textures.plain(random.pick(FRUITS), 3) };
    a.ellipsoid(random.between(-0.06, 0.06), 0.085, random.between(-0.06, 0.06), 0.036, 0.036, 0.036, fruit);
  }
}

export function paperStack(a: SceneBuilder, random: Random, style: Style): void {
  a.withTransform({ yaw: random.between(-0.4, 0.4) }, () =>
    a.box(0, 0, 0, 0.21, random.between(0.01, 0.09), 0.297, style.paper),
  );
}

/** @param width of the screen. */
export function monitor(a: SceneBuilder, random: Random, style: Style, width = random.between(0.42, 0.58)): void {
  const height = width * 0.6;
  const lit = random.chance(0.6);
  const face: Material = lit
    ? { texture: textures.screen(random.integer(0, 1e6)), emission: 0.9, infrared: 'lost' }
    : style.blackGlass;
  a.box(0, 0, -0.02, 0.24, 0.015, 0.18, style.blackPlastic, 0.006);
  a.box(0, 0, -0.04, 0.05, 0.16, 0.03, style.blackPlastic);
  a.withTransform({ y: 0.12, yaw: random.between(-0.12, 0.12) }, () => {
    a.box(0, 0, 0, width + 0.03, height + 0.04, 0.035, style.blackPlastic, 0.008);
    a.box(0, 0.022, 0.018, width, height, 0.004, face);
  });
}

export function computer(a: SceneBuilder, random: Random, style: Style): void {
  monitor(a, random, style);
  const keys = random.chance(0.5)
    ? textures.keyboard(rgb(30, 30, 32), rgb(58, 58, 62))
    : textures.keyboard(rgb(200, 200, 196), rgb(235, 235, 230));
  a.box(0, 0, 0.2, 0.43, 0.02, 0.14, { texture: keys });
  a.box(0.29, 0, 0.2, 0.06, 0.03, 0.1, style.blackPlastic, 0.014);
}

export function laptop(a: SceneBuilder, random: Random, style: Style): void {
  a.box(0, 0, 0.05, 0.33, 0.018, 0.23, { texture: textures.keyboard(rgb(60, 62, 66), rgb(24, 24, 26)) });
  a.withTransform({ y: 0.015, z: -0.07, pitch: -0.25 }, () => {
    a.box(0, 0, 0, 0.33, 0.22, 0.012, style.metal);
    a.box(0, 0.012, 0.007, 0.3, 0.19, 0.002, {
      texture: textures.screen(random.integer(0, 1e6)),
      emission: 0.8,
      infrared: 'lost',
    });
  });
}

/** A lamp with a shade that glows, and its light. */
export function tableLamp(a: SceneBuilder, random: Random, style: Style, height = 0.5, isLit = true): void {
  const foot = random.pick([style.ceramic, style.wood, style.metal, accentMaterial(random)]);
  a.cylinder(0, 0, 0, 0.075, 0.02, foot);
  if (random.chance(0.5)) a.ellipsoid(0, height * 0.28, 0, 0.075, height * 0.26, 0.075, foot);
  a.cylinder(0, 0.02, 0, 0.012, height * 0.62, style.metal);
  shade(a, height * 0.56, 0.16, 0.11, height * 0.44, isLit);
}

/** A lampshade from height y, and the light inside it. */
export function shade(a: SceneBuilder, y: number, bottom: number, top: number, height: number, isLit = true): void {
  const color = rgb(246, 226, 190);
  const texture = textures.plain(color, 5, 0.04);
  a.cylinder(0, y, 0, bottom, height, isLit ? { texture, emission: 2.2 } : { texture }, top);
  if (isLit) a.sphereLight(0, y + height / 2, 0, 0.1, scaled([1, 0.76, 0.5], 13));
}

export function pillow(a: SceneBuilder, material: Material, width = 0.5, depth = 0.34, height = 0.15): void {
  a.box(0, 0, 0, width, height, depth, material, height * 0.48);
}

export function cardboardBox(a: SceneBuilder, random: Random, width: number, height: number, depth: number): void {
  const brown = textures.plain(random.pick(CARDBOARD), random.integer(0, 1e6), 0.08);
  const tape = rgb(205, 185, 145);
  a.box(0, 0, 0, width, height, depth, {
    texture: (point, out) => {
      brown(point, out);
      if (Math.abs(point.face === 1 ? point.v : point.u) < 0.03 && (point.face === 1 || point.v > point.halfV * 0.5)) {
        out.set(tape);
      }
    },
  });
}

export function ball(a: SceneBuilder, random: Random, radius: number): void {
  a.ellipsoid(0, radius, 0, radius, radius, radius, accentMaterial(random));
}
