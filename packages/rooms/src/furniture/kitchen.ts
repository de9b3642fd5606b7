import { palette, rgb } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import * as textures from '../materials/textures.js';
import { type FurnitureMaker, piece } from './piece.js';
import { bottle, bowl, mug, plantPot } from './small-objects.js';

const COUNTER_HEIGHT = 0.9;
const COUNTER_DEPTH = 0.62;
const TILE_COLORS = palette('#e8e4da', '#becdcd', '#d6c4a8');

/**
 * A run of base cabinets with worktop, tiles behind and cabinets above. `parts` from the left: cabinets, drawers, a cooker with its hood, a sink.
 */
export function kitchenRun(
  parts: readonly ('cabinet' | 'drawers' | 'cooker' | 'sink')[],
  upper: boolean,
): FurnitureMaker {
  return (random, style) => {
    const unit = 0.6;
    const width = parts.length * unit;
    const things = random.fork();
    const tile: Material = {
      texture: textures.tiles(random.pick(TILE_COLORS), rgb(180, 176, 168), 0.1, random.integer(1, 999)),
      reflectivity: 0.05,
    };
    return piece({ size: [width, COUNTER_DEPTH, upper ? 2.15 : 1.2], clearance: 0.8 }, (a) => {
      const back = -COUNTER_DEPTH / 2;
      a.box(0, COUNTER_HEIGHT, back + 0.008, width, 0.55, 0.012, tile);
      a.box(0, 0, back + 0.27, width, 0.1, 0.5, style.blackPlastic);
      for (const [index, part] of parts.entries()) {
        a.withTransform({ x: -width / 2 + unit * (index + 0.5) }, () => {
          if (part === 'cooker') return cooker();
          const front = part === 'drawers' ? style.cabinetFronts(1, 4) : style.cabinetFronts(2, 1);
          a.box(0, 0.1, -0.02, unit, COUNTER_HEIGHT - 0.14, COUNTER_DEPTH - 0.06, front);
          if (part === 'drawers')
            for (let row = 0; row < 4; row++) a.box(0, 0.22 + row * 0.19, 0.275, 0.18, 0.014, 0.02, style.chrome);
          else for (const x of [-0.05, 0.05]) a.box(x, 0.6, 0.275, 0.012, 0.14, 0.02, style.chrome);
          a.box(0, COUNTER_HEIGHT - 0.04, 0, unit, 0.04, COUNTER_DEPTH, style.worktop);
          if (part === 'sink') sink();
          else onTop();
          if (upper) {
            a.box(0, 1.42, back + 0.17, unit, 0.72, 0.33, style.cabinetFronts(2, 1));
            for (const x of [-0.05, 0.05]) a.box(x, 1.48, back + 0.345, 0.012, 0.12, 0.02, style.chrome);
          }
        });
      }

      function cooker() {
        a.box(0, 0, -0.01, unit - 0.01, COUNTER_HEIGHT, COUNTER_DEPTH - 0.04, style.metal, 0.008);
        a.box(0, 0.2, 0.29, 0.48, 0.42, 0.02, style.blackGlass);
        a.box(0, 0.67, 0.31, 0.46, 0.02, 0.03, style.chrome, 0.008);
        for (let knob = 0; knob < 5; knob++)
          a.ellipsoid(-0.2 + knob * 0.1, 0.79, 0.3, 0.022, 0.022, 0.025, style.blackPlastic);
        a.box(0, COUNTER_HEIGHT, 0, unit - 0.02, 0.012, 0.56, style.blackGlass);
        for (const x of [-0.14, 0.14])
          for (const z of [-0.13, 0.13]) a.cylinder(x, COUNTER_HEIGHT + 0.012, z, 0.08, 0.012, style.blackPlastic);
        if (things.chance(0.7)) {
          a.cylinder(-0.14, COUNTER_HEIGHT + 0.024, -0.13, 0.1, 0.13, style.chrome);
          a.bar([-0.04, COUNTER_HEIGHT + 0.12, -0.13], [0.12, COUNTER_HEIGHT + 0.14, -0.06], 0.01, style.blackPlastic);
        }
        if (!upper) return;
        a.box(0, 1.5, back + 0.25, unit, 0.09, 0.5, style.metal, 0.01);
        a.box(0, 1.59, back + 0.14, 0.28, 0.6, 0.26, style.metal);
      }

      function sink() {
        a.box(0, COUNTER_HEIGHT - 0.002, 0.02, 0.5, 0.008, 0.42, style.chrome, 0.003);
        a.box(0, COUNTER_HEIGHT + 0.002, 0.02, 0.42, 0.007, 0.34, style.metal, 0.003);
        a.cylinder(0, COUNTER_HEIGHT, -0.21, 0.016, 0.26, style.chrome);
        a.bar([0, COUNTER_HEIGHT + 0.26, -0.21], [0, COUNTER_HEIGHT + 0.27, -0.04], 0.012, style.chrome);
        a.bar([0, COUNTER_HEIGHT + 0.27, -0.04], [0, COUNTER_HEIGHT + 0.22, -0.03], 0.012, style.chrome);
        a.withTransform({ x: 0.26, y: COUNTER_HEIGHT, z: -0.2 }, () => bottle(a, things));
      }

      function onTop() {
        a.withTransform({ y: COUNTER_HEIGHT, x: things.between(-0.15, 0.15), z: things.between(-0.18, 0) }, () => {
          const what = things.unit();
          if (what < 0.2) a.box(0, 0, 0, 0.26, 0.2, 0.17, style.chrome, 0.03);
          else if (what < 0.4) bowl(a, things, style);
          else if (what < 0.55) for (const x of [-0.1, 0, 0.1]) a.withTransform({ x }, () => bottle(a, things));
          else if (what < 0.7) for (const x of [-0.06, 0.06]) a.withTransform({ x }, () => mug(a, things));
          else if (what < 0.8) plantPot(a, things, style, 0.2);
          else if (what < 0.9) a.box(0, 0, 0, 0.46, 0.27, 0.34, style.blackPlastic, 0.015);
        });
      }
    });
  };
}

export const refrigerator: FurnitureMaker = (random, style) => {
  const height = random.between(1.65, 1.85);
  const width = random.between(0.68, 0.85);
  const body = random.pick([style.whitePlastic, style.metal, style.blackPlastic]);
  const magnets = random.fork();
  return piece({ size: [width, 0.7, height], clearance: 0.8 }, (a) => {
    a.box(0, 0.03, -0.03, width, height - 0.03, 0.6, body, 0.01);
    const split = height * 0.66;
    a.box(0, 0.06, 0.3, width - 0.01, split - 0.07, 0.06, body, 0.02);
    a.box(0, split + 0.005, 0.3, width - 0.01, height - split - 0.01, 0.06, body, 0.02);
    a.box(-width / 2 + 0.06, split - 0.55, 0.35, 0.025, 0.5, 0.03, style.chrome, 0.01);
    a.box(-width / 2 + 0.06, split + 0.06, 0.35, 0.025, 0.3, 0.03, style.chrome, 0.01);
    for (let index = 0; index < 5; index++) {
      a.box(magnets.between(-0.15, 0.25), magnets.between(0.9, height - 0.25), 0.3315, 0.1, 0.13, 0.002, {
        texture: textures.painting(magnets.integer(0, 1e6)),
      });
    }
  });
};

export const kitchenIsland: FurnitureMaker = (random, style) => {
  const width = random.between(1.3, 1.7);
  const things = random.fork();
  return piece({ size: [width, 0.85, 1.2] }, (a) => {
    a.box(0, 0.08, 0, width - 0.06, 0.78, 0.66, style.cabinetFronts(Math.round(width / 0.45), 1));
    a.box(0, 0, 0, width - 0.14, 0.08, 0.58, style.blackPlastic);
    a.box(0, 0.86, 0, width, 0.045, 0.85, style.worktop, 0.01);
    a.withTransform({ x: -0.3, y: 0.905 }, () => bowl(a, things, style));
    a.withTransform({ x: 0.4, y: 0.905, z: 0.15 }, () => bottle(a, things));
    a.withTransform({ x: 0.25, y: 0.905, z: -0.1 }, () => mug(a, things));
  });
};
