import { palette } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import * as textures from '../materials/textures.js';
import { type FurnitureMaker, piece } from './piece.js';
import {
  bookRow,
  bookStack,
  bottle,
  bowl,
  cardboardBox,
  monitor,
  mug,
  paperStack,
  plantPot,
  tableLamp,
} from './small-objects.js';
import { accentMaterial } from './style.js';

const STEEL = palette('#969894', '#c4beac', '#50545a');

/** @param filling how full of books its boards are; the rest are ornaments. */
export function bookshelf(width: number, height: number, filling = 0.75): FurnitureMaker {
  return (random, style) => {
    const depth = 0.3;
    const material = random.pick([style.wood, style.darkWood, style.whiteWood, style.wood]);
    const boards = Math.max(2, Math.round(height / 0.38));
    const things = random.fork();
    return piece({ size: [width, depth, height], clearance: 0.5 }, (a) => {
      const t = 0.025;
      for (const x of [-1, 1]) a.box((x * (width - t)) / 2, 0, 0, t, height, depth, material);
      a.box(0, 0, -depth / 2 + 0.005, width - 0.01, height, 0.01, material);
      for (let board = 0; board <= boards; board++) {
        const y = board === 0 ? 0.06 : (board / boards) * (height - t);
        a.box(0, y, 0.003, width - 2 * t, t, depth - 0.01, material);
        if (board === boards) break;
        const room = height / boards - t - (board === 0 ? 0.08 : 0.02);
        a.withTransform({ y: y + t }, () => {
          if (things.unit() < filling)
            return bookRow(a, things, width - 2 * t - 0.01, room, depth - 0.06, things.between(0.55, 1));
          a.withTransform({ x: -width * 0.25 }, () => bookStack(a, things));
          a.withTransform({ x: width * 0.22 }, () => {
            if (things.chance(0.4)) plantPot(a, things, style, Math.min(0.16, room * 0.6));
            else if (things.chance(0.5))
              a.box(0, 0, 0, 0.22, Math.min(0.2, room * 0.8), 0.2, accentMaterial(things), 0.01);
            else a.ellipsoid(0, 0.08, 0, 0.06, 0.08, 0.06, accentMaterial(things));
          });
        });
      }
    });
  };
}

/** Steel shelves with boxes. */
export const storageRack: FurnitureMaker = (random, style) => {
  const width = random.between(0.9, 1.4);
  const height = random.between(1.7, 2.1);
  const things = random.fork();
  return piece({ size: [width, 0.5, height], clearance: 0.5 }, (a) => {
    a.legs(width / 2 - 0.02, 0.23, 0.035, height, style.metal);
    for (let board = 0; board < 4; board++) {
      const y = 0.12 + (board * (height - 0.2)) / 3.4;
      a.box(0, y, 0, width, 0.03, 0.5, style.metal);
      let x = -width / 2 + 0.05;
      while (x < width / 2 - 0.2) {
        const wide = things.between(0.18, 0.42);
        if (x + wide > width / 2 - 0.04) break;
        const tall = things.between(0.15, Math.min(0.42, height / 4));
        a.withTransform({ x: x + wide / 2, y: y + 0.03 }, () => {
          if (things.chance(0.6)) cardboardBox(a, things, wide, tall, 0.4);
          else if (things.chance(0.5)) a.box(0, 0, 0, wide, tall * 0.8, 0.38, accentMaterial(things), 0.02);
          else a.cylinder(0, 0, 0, Math.min(wide / 2, 0.13), tall, style.metal);
        });
        x += wide + things.between(0.02, 0.12);
      }
    }
  });
};

export const boxPile: FurnitureMaker = (random) => {
  const things = random.fork();
  return piece({ size: [0.7, 0.6, 1.1] }, (a) => {
    let y = 0;
    for (let index = 0; index < things.integer(2, 3); index++) {
      const tall = things.between(0.28, 0.42);
      a.withTransform({ y, yaw: things.between(-0.15, 0.15) }, () =>
        cardboardBox(a, things, things.between(0.42, 0.58) - index * 0.04, tall, things.between(0.38, 0.48)),
      );
      y += tall;
    }
  });
};

/** A chest of drawers with things on it. */
export const dresser: FurnitureMaker = (random, style) => {
  const width = random.between(0.9, 1.4);
  const height = random.between(0.75, 1);
  const things = random.fork();
  return piece({ size: [width, 0.48, height + 0.4], clearance: 0.5 }, (a) => {
    a.box(0, 0.05, 0, width, height - 0.05, 0.46, style.woodFronts(2, 4));
    a.box(0, height, 0.005, width + 0.03, 0.03, 0.48, style.wood, 0.006);
    for (let row = 0; row < 4; row++) {
      for (const x of [-0.25, 0.25])
        a.ellipsoid(x * width, 0.05 + ((height - 0.05) * (row + 0.5)) / 4, 0.24, 0.016, 0.016, 0.02, style.metal);
    }
    a.withTransform({ x: -width * 0.3, y: height + 0.03 }, () => tableLamp(a, things, style, 0.45, things.chance(0.6)));
    a.withTransform({ x: width * 0.1, y: height + 0.03 }, () => bookStack(a, things));
    a.withTransform({ x: width * 0.33, y: height + 0.03 }, () => plantPot(a, things, style, 0.22));
  });
};

export const wardrobe: FurnitureMaker = (random, style) => {
  const width = random.between(1.1, 1.8);
  const height = random.between(1.95, 2.2);
  return piece({ size: [width, 0.6, height], clearance: 0.6 }, (a) => {
    a.box(0, 0, 0, width, height, 0.58, style.cabinetFronts(width > 1.4 ? 3 : 2, 1));
    a.box(0, height, 0.005, width + 0.04, 0.04, 0.6, style.cabinet, 0.01);
    for (const x of [-0.04, 0.04])
      a.box(x + (width > 1.4 ? -width / 6 : 0), 0.95, 0.3, 0.014, 0.16, 0.025, style.metal, 0.005);
  });
};

export const nightstand: FurnitureMaker = (random, style) => {
  const things = random.fork();
  const lit = random.chance(0.8);
  return piece({ size: [0.46, 0.42, 1.1], clearance: 0.05 }, (a) => {
    a.box(0, 0.06, 0, 0.46, 0.46, 0.4, style.woodFronts(1, 2));
    a.box(0, 0.52, 0, 0.48, 0.025, 0.42, style.wood, 0.006);
    a.withTransform({ y: 0.545, z: -0.05 }, () => tableLamp(a, things, style, 0.46, lit));
    a.withTransform({ x: 0.12, y: 0.545, z: 0.12 }, () => mug(a, things));
    for (const y of [0.17, 0.4]) a.ellipsoid(0, y, 0.21, 0.015, 0.015, 0.02, style.metal);
  });
};

/** A low cupboard with a television. */
export const televisionStand: FurnitureMaker = (random, style) => {
  const width = random.between(1.2, 1.7);
  const screenWidth = random.between(0.85, 1.2);
  const isOn = random.chance(0.35);
  const things = random.fork();
  return piece({ size: [width, 0.46, 1.25], clearance: 0.6 }, (a) => {
    a.box(0, 0.06, 0, width, 0.44, 0.44, style.woodFronts(3, 1));
    a.box(0, 0.5, 0, width + 0.03, 0.03, 0.46, style.wood, 0.006);
    a.box(0, 0.53, -0.04, 0.5, 0.02, 0.22, style.blackPlastic, 0.006);
    a.box(0, 0.55, -0.06, 0.14, 0.08, 0.04, style.blackPlastic);
    const face: Material = isOn
      ? { texture: textures.painting(things.integer(0, 1e6)), emission: 1.1, infrared: 'lost' }
      : style.blackGlass;
    a.box(0, 0.61, -0.05, screenWidth, screenWidth * 0.58, 0.05, style.blackPlastic, 0.012);
    a.box(0, 0.63, -0.022, screenWidth - 0.05, screenWidth * 0.58 - 0.05, 0.004, face);
    a.withTransform({ x: -width * 0.42, y: 0.53 }, () => plantPot(a, things, style, 0.2));
    a.box(width * 0.36, 0.53, 0, 0.16, 0.3, 0.2, style.blackPlastic, 0.01);
  });
};

export const filingCabinet: FurnitureMaker = (random, style) => {
  const height = random.pick([0.72, 1.06, 1.32]);
  const rows = Math.round(height / 0.33);
  const body: Material = {
    texture: textures.fronts(textures.plain(random.pick(STEEL), 3), 1, rows, 'flat'),
    reflectivity: 0.04,
  };
  const things = random.fork();
  return piece({ size: [0.46, 0.6, height + 0.3], clearance: 0.5 }, (a) => {
    a.box(0, 0, 0, 0.45, height, 0.6, body, 0.006);
    for (let row = 0; row < rows; row++)
      a.box(0, (height * (row + 0.7)) / rows, 0.305, 0.12, 0.018, 0.02, style.chrome);
    a.withTransform({ y: height, x: -0.05 }, () => {
      if (things.chance(0.5)) paperStack(a, things, style);
      else plantPot(a, things, style, 0.25);
    });
  });
};

/** A counter or showcase with glass fronts and cakes or goods inside. */
export const displayCounter: FurnitureMaker = (random, style) => {
  const width = random.between(1.6, 2.4);
  const things = random.fork();
  return piece({ size: [width, 0.75, 1.4], clearance: 0.8 }, (a) => {
    a.box(0, 0, 0, width, 0.55, 0.7, style.cabinetFronts(Math.round(width / 0.5), 1));
    a.box(0, 0.55, -0.3, width, 0.45, 0.1, style.darkWood);
    for (let index = 0; index < width / 0.28; index++) {
      a.withTransform({ x: -width / 2 + 0.2 + index * 0.28, y: 0.55, z: 0.1 }, () => {
        if (things.chance(0.6)) a.cylinder(0, 0, 0, 0.1, 0.09, accentMaterial(things), 0.08);
        else bowl(a, things, style);
      });
    }
    for (const x of [-1, 1]) a.box(x * (width / 2 - 0.012), 0.55, 0, 0.02, 0.45, 0.7, style.chrome);
    a.box(0, 1, -0.02, width + 0.04, 0.04, 0.72, style.worktop, 0.01);
    a.withTransform({ x: -width * 0.3, y: 1.04 }, () => a.box(0, 0, 0, 0.36, 0.34, 0.36, style.metal, 0.03));
    a.withTransform({ x: width * 0.1, y: 1.04 }, () => monitor(a, things, style, 0.32));
    a.withTransform({ x: width * 0.38, y: 1.04, z: 0.1 }, () => bottle(a, things));
    a.withTransform({ x: width * 0.32, y: 1.04, z: 0.05 }, () => mug(a, things));
  });
};

/** A shop's table with books lying in piles. */
export const bookTable: FurnitureMaker = (random, style) => {
  const things = random.fork();
  const width = random.between(1.2, 1.6);
  return piece({ size: [width, 0.9, 1] }, (a) => {
    a.box(0, 0.06, 0, width - 0.1, 0.62, 0.8, style.woodFronts(2, 1));
    a.box(0, 0.68, 0, width, 0.04, 0.9, style.wood, 0.008);
    for (let column = 0; column < width / 0.3 - 1; column++) {
      for (const z of [-0.25, 0.05, 0.32]) {
        a.withTransform({ x: -width / 2 + 0.25 + column * 0.3, y: 0.72, z }, () =>
          bookStack(a, things, things.integer(1, 6)),
        );
      }
    }
  });
};

export const coatRack: FurnitureMaker = (random, style) => {
  const things = random.fork();
  return piece({ size: [0.5, 0.5, 1.8], clearance: 0.1 }, (a) => {
    a.cylinder(0, 0, 0, 0.2, 0.03, style.darkWood);
    a.cylinder(0, 0.03, 0, 0.022, 1.72, style.darkWood);
    for (let arm = 0; arm < 4; arm++) {
      a.withTransform({ yaw: arm * 1.57 + 0.4 }, () => {
        a.bar([0, 1.6, 0], [0, 1.7, 0.17], 0.012, style.darkWood);
        if (things.chance(0.6)) a.box(0, 0.85, 0.14, 0.34, 0.8, 0.12, accentMaterial(things), 0.055);
      });
    }
  });
};

export const shoeCabinet: FurnitureMaker = (random, style) => {
  const things = random.fork();
  return piece({ size: [1, 0.36, 1.2], clearance: 0.4 }, (a) => {
    a.box(0, 0.08, 0, 1, 0.78, 0.34, style.cabinetFronts(2, 2));
    a.box(0, 0.86, 0, 1.03, 0.03, 0.36, style.cabinet, 0.006);
    a.withTransform({ x: -0.3, y: 0.89 }, () => tableLamp(a, things, style, 0.45));
    a.withTransform({ x: 0.2, y: 0.89 }, () => bowl(a, things, style));
  });
};
