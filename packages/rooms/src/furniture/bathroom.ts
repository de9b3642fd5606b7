import { rgb } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import * as textures from '../materials/textures.js';
import { type FurnitureMaker, piece } from './piece.js';
import { bottle, plantPot } from './small-objects.js';
import { accentMaterial } from './style.js';

export const toilet: FurnitureMaker = (_random, style) =>
  piece({ size: [0.42, 0.72, 0.85], clearance: 0.5 }, (a) => {
    a.box(0, 0.38, -0.26, 0.4, 0.4, 0.18, style.ceramic, 0.03);
    a.box(0, 0.78, -0.26, 0.42, 0.035, 0.2, style.ceramic, 0.015);
    a.cylinder(0, 0, 0.02, 0.13, 0.3, style.ceramic, 0.17);
    a.ellipsoid(0, 0.3, 0.08, 0.19, 0.11, 0.27, style.ceramic);
    a.withTransform({ y: 0.4, z: 0.07 }, () => {
      a.ellipsoid(0, 0, 0, 0.2, 0.022, 0.26, style.whitePlastic);
      a.ellipsoid(0, 0.022, 0, 0.19, 0.02, 0.25, style.whitePlastic);
    });
    a.cylinder(-0.12, 0.7, -0.16, 0.012, 0.03, style.chrome);
  });

/** A washbasin in a cabinet, with a mirror and a light above. */
export const vanity: FurnitureMaker = (random, style) => {
  const width = random.between(0.8, 1.3);
  const things = random.fork();
  return piece({ size: [width, 0.52, 2.05], clearance: 0.6 }, (a) => {
    a.box(0, 0.1, -0.01, width, 0.68, 0.48, style.cabinetFronts(Math.max(2, Math.round(width / 0.4)), 1));
    a.box(0, 0, -0.03, width - 0.08, 0.1, 0.4, style.blackPlastic);
    a.box(0, 0.78, 0, width + 0.03, 0.04, 0.52, style.worktop, 0.01);
    a.withTransform({ y: 0.825, z: 0.02 }, () => {
      a.ellipsoid(0, 0, 0, 0.24, 0.03, 0.17, style.ceramic);
      a.ellipsoid(0, 0.02, 0, 0.2, 0.014, 0.13, { ...style.ceramic, texture: textures.plain(rgb(196, 198, 200)) });
    });
    a.cylinder(0, 0.82, -0.18, 0.015, 0.14, style.chrome);
    a.bar([0, 0.95, -0.18], [0, 0.93, -0.06], 0.012, style.chrome);
    const mirrorWidth = width - 0.1;
    a.box(0, 1.05, -0.25, mirrorWidth + 0.05, 0.8, 0.02, style.wood, 0.006);
    a.box(0, 1.075, -0.242, mirrorWidth, 0.75, 0.012, style.mirror);
    a.box(0, 1.93, -0.2, mirrorWidth * 0.7, 0.06, 0.08, style.chrome, 0.01);
    for (const x of [-1, 0, 1]) {
      const bulb: Material = { texture: textures.plain(rgb(255, 244, 220)), emission: 5 };
      a.ellipsoid(x * mirrorWidth * 0.25, 1.9, -0.14, 0.05, 0.05, 0.05, bulb);
      a.sphereLight(x * mirrorWidth * 0.25, 1.9, -0.14, 0.055, [9, 8, 6.4]);
    }
    a.withTransform({ x: -width * 0.36, y: 0.82, z: -0.12 }, () => bottle(a, things));
    a.withTransform({ x: -width * 0.36 + 0.09, y: 0.82, z: -0.1 }, () => bottle(a, things));
    a.withTransform({ x: width * 0.36, y: 0.82, z: -0.1 }, () => plantPot(a, things, style, 0.13));
  });
};

export const bathtub: FurnitureMaker = (random, style) => {
  const length = 1.65;
  const curtained = random.chance(0.5);
  return piece({ size: [length, 0.76, curtained ? 2.05 : 0.7], clearance: 0.5 }, (a) => {
    a.box(0, 0, 0.34, length, 0.55, 0.08, style.ceramic, 0.03);
    a.box(0, 0, -0.34, length, 0.55, 0.08, style.ceramic, 0.03);
    for (const x of [-1, 1]) a.box(x * (length / 2 - 0.06), 0, 0, 0.12, 0.55, 0.76, style.ceramic, 0.03);
    a.box(0, 0, 0, length - 0.1, 0.12, 0.7, style.ceramic, 0.03);
    a.box(-length / 2 + 0.02, 0.62, 0, 0.05, 0.08, 0.2, style.chrome, 0.015);
    a.bar([-length / 2 + 0.04, 0.66, 0], [-length / 2 + 0.17, 0.64, 0], 0.018, style.chrome);
    if (!curtained) return;
    a.bar([-length / 2, 2.02, 0.36], [length / 2, 2.02, 0.36], 0.012, style.chrome);
    for (let fold = 0; fold < 12; fold++) {
      a.cylinder(length / 2 - 0.05 - fold * 0.045, 0.2, 0.36 + (fold & 1 ? 0.018 : -0.018), 0.03, 1.8, style.curtain);
    }
    a.bar([-length / 2 + 0.02, 1.95, -0.2], [-length / 2 + 0.25, 1.9, -0.1], 0.012, style.chrome);
    a.cylinder(-length / 2 + 0.26, 1.84, -0.1, 0.06, 0.05, style.chrome, 0.02);
  });
};

/** A shower with frosted sides. */
export const shower: FurnitureMaker = (random, style) => {
  const tile: Material = {
    texture: textures.tiles(rgb(170, 186, 190), rgb(220, 220, 216), 0.15, random.integer(1, 999)),
    reflectivity: 0.05,
  };
  return piece({ size: [0.92, 0.92, 2], clearance: 0.4 }, (a) => {
    a.box(0, 0, 0, 0.92, 0.1, 0.92, style.ceramic, 0.02);
    a.box(0, 0.1, -0.452, 0.92, 2, 0.012, tile);
    a.box(-0.452, 0.1, 0, 0.012, 2, 0.9, tile);
    for (const x of [-0.45, 0.05, 0.45]) a.box(x, 0.1, 0.45, 0.03, 1.9, 0.03, style.chrome);
    a.box(0, 1.98, 0.45, 0.92, 0.035, 0.03, style.chrome);
    a.box(0.45, 1.98, 0, 0.03, 0.035, 0.9, style.chrome);
    a.box(0.45, 0.1, -0.44, 0.03, 1.9, 0.03, style.chrome);
    a.bar([0, 1.2, -0.43], [0, 1.95, -0.43], 0.012, style.chrome);
    a.bar([0, 1.95, -0.43], [0, 1.92, -0.25], 0.012, style.chrome);
    a.cylinder(0, 1.86, -0.25, 0.08, 0.05, style.chrome, 0.02);
    a.box(0, 1.02, -0.42, 0.2, 0.06, 0.05, style.chrome, 0.02);
  });
};

/** A rail with towels, to stand against a wall. */
export const towelRail: FurnitureMaker = (random, style) => {
  const towel = accentMaterial(random);
  return piece({ size: [0.6, 0.16, 1.3], clearance: 0.2 }, (a) => {
    for (const x of [-0.28, 0.28]) a.bar([x, 0.25, -0.02], [x, 1.3, -0.02], 0.014, style.chrome);
    for (let rung = 0; rung < 6; rung++)
      a.bar([-0.28, 0.35 + rung * 0.18, -0.02], [0.28, 0.35 + rung * 0.18, -0.02], 0.011, style.chrome);
    a.box(-0.02, 0.72, 0.015, 0.42, 0.52, 0.05, towel, 0.02);
    a.box(0.06, 0.35, 0.015, 0.36, 0.3, 0.05, style.linen, 0.02);
  });
};

/** A washing machine or dryer: a white box with a round door. */
export const washingMachine: FurnitureMaker = (random, style) => {
  const things = random.fork();
  const topped = random.pick(['bottles', 'basket', 'nothing'] as const);
  return piece({ size: [0.62, 0.62, 1.2], clearance: 0.6 }, (a) => {
    a.box(0, 0.02, 0, 0.6, 0.85, 0.6, style.whitePlastic, 0.015);
    a.box(0, 0.76, 0.302, 0.56, 0.09, 0.012, style.grayPlastic);
    for (const x of [-0.2, 0.02, 0.08]) a.ellipsoid(x, 0.805, 0.31, 0.024, 0.024, 0.022, style.chrome);
    a.withTransform({ y: 0.42, z: 0.3, pitch: 1.5707963 }, () => {
      a.cylinder(0, 0, 0, 0.2, 0.03, style.chrome, 0.19);
      a.cylinder(0, 0.031, 0, 0.15, 0.02, style.blackGlass, 0.12);
    });
    if (topped === 'bottles')
      for (const x of [-0.2, -0.1, 0]) a.withTransform({ x, y: 0.87, z: -0.1 }, () => bottle(a, things));
    if (topped === 'basket') {
      a.cylinder(0, 0.87, 0, 0.2, 0.22, style.wood, 0.25);
      a.ellipsoid(0, 1.1, 0, 0.22, 0.1, 0.22, style.linen);
    }
  });
};

export const ironingBoard: FurnitureMaker = (_random, style) =>
  piece({ size: [1.3, 0.4, 1.05] }, (a) => {
    a.box(0, 0.84, 0, 1.2, 0.045, 0.36, style.cushion, 0.02);
    a.bar([-0.45, 0, 0.15], [0.35, 0.84, 0.1], 0.014, style.metal);
    a.bar([0.45, 0, -0.15], [-0.35, 0.84, -0.1], 0.014, style.metal);
    a.bar([-0.45, 0, -0.15], [-0.45, 0, 0.15], 0.014, style.metal);
    a.box(0.3, 0.885, 0, 0.26, 0.09, 0.12, style.whitePlastic, 0.04);
  });

export const laundryBasket: FurnitureMaker = (random, style) => {
  const material = accentMaterial(random);
  return piece({ size: [0.55, 0.45, 0.7], clearance: 0.1 }, (a) => {
    a.cylinder(0, 0, 0, 0.19, 0.5, material, 0.23);
    a.ellipsoid(0.03, 0.5, 0, 0.2, 0.13, 0.18, style.linen);
    a.ellipsoid(-0.08, 0.53, 0.05, 0.13, 0.1, 0.12, style.cushion);
  });
};

export const waterHeater: FurnitureMaker = (_random, style) =>
  piece({ size: [0.6, 0.6, 2.4], clearance: 0.3 }, (a) => {
    a.cylinder(0, 0.08, 0, 0.28, 1.4, style.whitePlastic);
    a.cylinder(0, 1.48, 0, 0.28, 0.06, style.whitePlastic, 0.14);
    a.cylinder(0, 1.54, 0, 0.07, 0.86, style.metal);
    for (const x of [-0.15, 0.15])
      a.cylinder(x, 1.5, 0, 0.018, 0.9, { texture: textures.plain(rgb(178, 108, 66)), reflectivity: 0.2 });
    a.box(0, 0.3, 0.27, 0.18, 0.16, 0.05, style.grayPlastic, 0.01);
    a.cylinder(0, 0, 0, 0.22, 0.08, style.blackPlastic);
  });
