import { rgb } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import * as textures from '../materials/textures.js';
import { type FurnitureMaker, piece } from './piece.js';
import { bottle, laptop, monitor, mug, paperStack, plantPot } from './small-objects.js';

/** A copier as tall as a desk. */
export const copier: FurnitureMaker = (random, style) => {
  const things = random.fork();
  return piece({ size: [0.75, 0.68, 1.25], clearance: 0.7 }, (a) => {
    const body: Material = {
      texture: textures.fronts(textures.plain(rgb(214, 212, 204), 4), 1, 4, 'flat'),
      reflectivity: 0.03,
    };
    a.box(0, 0.05, 0, 0.62, 0.75, 0.62, body, 0.01);
    for (let row = 0; row < 4; row++) a.box(0, 0.16 + row * 0.19, 0.312, 0.16, 0.02, 0.02, style.blackPlastic);
    a.box(0, 0.82, -0.02, 0.62, 0.2, 0.56, style.grayPlastic, 0.02);
    a.box(0, 1.02, -0.04, 0.64, 0.12, 0.54, style.whitePlastic, 0.03);
    a.withTransform({ x: -0.05, y: 1.02, z: 0.28, pitch: 0.6 }, () =>
      a.box(0, 0, 0, 0.34, 0.02, 0.14, { texture: textures.screen(things.integer(0, 1e6)), emission: 0.7 }),
    );
    a.box(-0.42, 0.72, 0, 0.24, 0.02, 0.36, style.whitePlastic, 0.008);
    a.withTransform({ x: -0.42, y: 0.74 }, () => a.box(0, 0, 0, 0.21, 0.02, 0.28, style.paper));
  });
};

/** A printer on a small cabinet. */
export const printerStand: FurnitureMaker = (random, style) => {
  const things = random.fork();
  return piece({ size: [0.62, 0.55, 1.15], clearance: 0.5 }, (a) => {
    a.box(0, 0, 0, 0.6, 0.68, 0.52, style.cabinetFronts(2, 1));
    a.box(0, 0.68, 0, 0.62, 0.025, 0.55, style.wood, 0.005);
    a.box(0, 0.705, 0, 0.46, 0.26, 0.42, style.blackPlastic, 0.03);
    a.box(0, 0.78, 0.2, 0.34, 0.02, 0.18, style.grayPlastic);
    a.box(0, 0.8, 0.19, 0.21, 0.012, 0.16, style.paper);
    a.box(0, 0.965, -0.05, 0.4, 0.05, 0.3, style.grayPlastic, 0.02);
    a.withTransform({ x: -0.24, y: 0.705, z: 0.18 }, () => paperStack(a, things, style));
  });
};

/** A long table for meetings; chairs are put around it in layout/arrangements.ts. */
export function meetingTable(width: number, depth: number): FurnitureMaker {
  return (random, style) => {
    const things = random.fork();
    return piece({ size: [width, depth, 0.76] }, (a) => {
      a.box(0, 0.7, 0, width, 0.045, depth, style.wood, 0.02);
      for (const x of [-1, 1]) {
        a.box(x * width * 0.32, 0.03, 0, 0.1, 0.67, depth * 0.5, style.darkWood);
        a.box(x * width * 0.32, 0, 0, 0.16, 0.04, depth * 0.66, style.darkWood);
      }
      a.box(0, 0.745, 0, 0.3, 0.02, 0.16, style.blackPlastic, 0.008);
      for (let seat = 0; seat < width / 0.8; seat++) {
        const x = -width / 2 + 0.5 + seat * 0.8;
        const side = things.chance(0.5) ? 1 : -1;
        a.withTransform({ x, y: 0.745, z: side * depth * 0.25, quarterTurns: side > 0 ? 2 : 0 }, () => {
          const what = things.unit();
          if (what < 0.35) laptop(a, things, style);
          else if (what < 0.7) paperStack(a, things, style);
          else bottle(a, things);
        });
      }
    });
  };
}

export const receptionCounter: FurnitureMaker = (random, style) => {
  const width = random.between(1.9, 2.5);
  const things = random.fork();
  return piece({ size: [width, 0.85, 1.5], clearance: 0.9 }, (a) => {
    a.box(0, 0, 0.32, width, 1.04, 0.08, style.woodFronts(Math.round(width / 0.6), 1));
    for (const x of [-1, 1]) a.box(x * (width / 2 - 0.04), 0, 0, 0.08, 1.04, 0.7, style.wood);
    a.box(0, 1.04, 0.26, width + 0.06, 0.04, 0.3, style.worktop, 0.01);
    a.box(0, 0.7, -0.05, width - 0.16, 0.03, 0.6, style.wood);
    a.withTransform({ x: -0.3, y: 0.73, z: 0, quarterTurns: 2 }, () => monitor(a, things, style));
    a.withTransform({ x: width * 0.32, y: 1.08, z: 0.26 }, () => plantPot(a, things, style, 0.26));
    a.withTransform({ x: -width * 0.2, y: 1.08, z: 0.26 }, () => paperStack(a, things, style));
    a.withTransform({ x: width * 0.1, y: 1.08, z: 0.26 }, () => mug(a, things));
  });
};

export const lectern: FurnitureMaker = (_random, style) =>
  piece({ size: [0.62, 0.5, 1.2], clearance: 0.4 }, (a) => {
    a.box(0, 0, 0, 0.5, 1.02, 0.38, style.woodFronts(1, 1));
    a.withTransform({ y: 1.03, z: 0.02, pitch: -0.25 }, () => a.box(0, 0, 0, 0.62, 0.03, 0.46, style.wood, 0.008));
  });

export const waterCooler: FurnitureMaker = (_random, style) =>
  piece({ size: [0.34, 0.34, 1.4], clearance: 0.5 }, (a) => {
    a.box(0, 0, 0, 0.32, 0.98, 0.32, style.whitePlastic, 0.02);
    a.box(0, 0.66, 0.15, 0.22, 0.16, 0.03, style.grayPlastic);
    const bottleMaterial: Material = { texture: textures.plain(rgb(140, 178, 208)), reflectivity: 0.08 };
    a.cylinder(0, 0.98, 0, 0.05, 0.06, bottleMaterial, 0.13);
    a.cylinder(0, 1.04, 0, 0.135, 0.34, bottleMaterial);
  });

export const vendingMachine: FurnitureMaker = (random, style) => {
  const goods = textures.spines(random.integer(0, 1e6), 0.07);
  const lit: Material = {
    texture: (point, out) => {
      goods(point, out);
      const row = point.v / 0.2 - Math.floor(point.v / 0.2);
      if (row < 0.18) out.fill(0.08);
      else if (row > 0.8) out.fill(0.5);
    },
    emission: 1.1,
  };
  const color = random.pick([rgb(150, 30, 30), rgb(30, 60, 120), rgb(40, 44, 50)]);
  return piece({ size: [0.95, 0.8, 1.85], clearance: 0.6 }, (a) => {
    a.box(0, 0.04, 0, 0.95, 1.81, 0.78, { texture: textures.plain(color), reflectivity: 0.05 }, 0.02);
    a.box(-0.12, 0.55, 0.39, 0.62, 1.2, 0.012, lit);
    a.box(0.34, 0.9, 0.39, 0.16, 0.5, 0.02, style.blackPlastic);
    a.box(-0.12, 0.24, 0.39, 0.5, 0.2, 0.02, style.blackPlastic);
  });
};

export const wastebasket: FurnitureMaker = (random, style) => {
  const material = random.pick([style.blackPlastic, style.grayPlastic, style.metal]);
  return piece({ size: [0.3, 0.3, 0.36], clearance: 0 }, (a) => {
    a.cylinder(0, 0, 0, 0.105, 0.34, material, 0.14);
    a.ellipsoid(0, 0.33, 0, 0.11, 0.05, 0.11, style.paper);
  });
};
