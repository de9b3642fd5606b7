import { rgb } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import * as textures from '../materials/textures.js';
import { type FurnitureMaker, piece } from './piece.js';
import { ball, plantPot, shade } from './small-objects.js';
import { accentMaterial } from './style.js';

export const floorPlant: FurnitureMaker = (random, style) => {
  const size = random.between(0.55, 0.85);
  const things = random.fork();
  return piece({ size: [0.55, 0.55, size * 1.6], clearance: 0 }, (a) => {
    plantPot(a, things, style, size);
  });
};

export const floorLamp: FurnitureMaker = (random, style) => {
  const lit = random.chance(0.75);
  return piece({ size: [0.42, 0.42, 1.7], clearance: 0 }, (a) => {
    a.cylinder(0, 0, 0, 0.15, 0.025, style.blackPlastic);
    a.cylinder(0, 0.025, 0, 0.014, 1.35, style.metal);
    shade(a, 1.3, 0.21, 0.15, 0.32, lit);
  });
};

export function rug(width: number, depth: number, round = false): FurnitureMaker {
  return (random) => {
    const color = () => textures.vivid(random.integer(0, 1e6));
    const material: Material = {
      texture: textures.rug(color(), color(), rgb(214, 200, 172), random.integer(0, 1e6)),
    };
    return piece({ size: [width, depth, 0.012], clearance: 0, flat: true }, (a) => {
      if (round) a.cylinder(0, 0, 0, width / 2, 0.012, material);
      else a.box(0, 0, 0, width, 0.012, depth, material);
    });
  };
}

export const treadmill: FurnitureMaker = (_random, style) =>
  piece({ size: [0.85, 1.75, 1.4], clearance: 0.3 }, (a) => {
    a.box(0, 0.05, 0, 0.8, 0.13, 1.7, style.blackPlastic, 0.03);
    a.box(0, 0.18, 0.08, 0.52, 0.012, 1.45, { texture: textures.plain(rgb(48, 48, 50), 1, 0.1) });
    for (const x of [-0.36, 0.36]) {
      a.box(x, 0.16, 0.05, 0.08, 0.03, 1.55, style.grayPlastic);
      a.bar([x, 0.15, -0.7], [x, 1.2, -0.55], 0.03, style.metal);
      a.bar([x, 1.02, -0.58], [x, 0.98, -0.05], 0.022, style.blackPlastic);
    }
    a.withTransform({ y: 1.12, z: -0.58, pitch: -0.5 }, () => {
      a.box(0, 0, 0, 0.78, 0.34, 0.08, style.blackPlastic, 0.03);
      a.box(0, 0.08, 0.042, 0.36, 0.18, 0.004, { texture: textures.screen(7), emission: 0.8 });
    });
  });

export const exerciseBike: FurnitureMaker = (random, style) => {
  const color = accentMaterial(random);
  return piece({ size: [0.6, 1.15, 1.35], clearance: 0.2 }, (a) => {
    for (const z of [-0.45, 0.45]) a.box(0, 0, z, 0.5, 0.06, 0.09, style.blackPlastic, 0.02);
    a.bar([0, 0.05, -0.45], [0, 0.1, 0.45], 0.035, color);
    a.withTransform({ y: 0.42, z: 0.32, yaw: 1.5707963, pitch: 1.5707963 }, () => {
      a.cylinder(0, -0.035, 0, 0.27, 0.07, style.blackPlastic);
      a.cylinder(0, -0.05, 0, 0.1, 0.1, style.metal);
    });
    a.bar([0, 0.1, 0.1], [0, 0.85, -0.3], 0.03, style.metal);
    a.box(0, 0.84, -0.32, 0.24, 0.08, 0.28, style.leather, 0.035);
    a.bar([0, 0.1, 0.15], [0, 1.15, 0.32], 0.035, color);
    a.bar([-0.25, 1.16, 0.28], [0.25, 1.16, 0.28], 0.018, style.blackPlastic);
    a.box(0, 1.18, 0.34, 0.22, 0.16, 0.05, style.blackPlastic, 0.02);
    for (const x of [-0.14, 0.14]) a.box(x, x > 0 ? 0.28 : 0.5, 0.18, 0.1, 0.03, 0.09, style.blackPlastic);
  });
};

export const dumbbellRack: FurnitureMaker = (random, style) => {
  const colors = [style.blackPlastic, accentMaterial(random), style.grayPlastic];
  return piece({ size: [1.3, 0.5, 0.85], clearance: 0.5 }, (a) => {
    for (const x of [-0.6, 0.6]) {
      a.bar([x, 0, 0.2], [x, 0.8, -0.2], 0.03, style.metal);
      a.bar([x, 0, -0.22], [x, 0.82, -0.2], 0.03, style.metal);
    }
    for (const [row, [y, z]] of (
      [
        [0.25, 0.1],
        [0.55, -0.06],
        [0.8, -0.2],
      ] as const
    ).entries()) {
      a.box(0, y, z, 1.2, 0.03, 0.2, style.metal);
      for (let index = 0; index < 5; index++) {
        const x = -0.48 + index * 0.24;
        const r = 0.045 + 0.004 * index;
        a.bar([x, y + 0.08, z - 0.09], [x, y + 0.08, z + 0.09], 0.015, style.chrome);
        for (const end of [-1, 1]) a.bar([x, y + 0.08, z + end * 0.05], [x, y + 0.08, z + end * 0.13], r, colors[row]!);
      }
    }
  });
};

export const weightBench: FurnitureMaker = (_random, style) =>
  piece({ size: [1.3, 1.4, 1.15], clearance: 0.2 }, (a) => {
    a.box(0, 0.4, 0.15, 0.3, 0.09, 1.15, style.leather, 0.035);
    for (const z of [-0.3, 0.55]) a.box(0, 0, z, 0.06, 0.4, 0.06, style.metal);
    for (const z of [-0.3, 0.55]) a.box(0, 0, z, 0.5, 0.05, 0.06, style.metal);
    for (const x of [-0.4, 0.4]) a.bar([x, 0, -0.45], [x, 1, -0.45], 0.03, style.metal);
    a.bar([-0.65, 1.02, -0.43], [0.65, 1.02, -0.43], 0.015, style.chrome);
    for (const x of [-1, 1]) a.bar([x * 0.52, 1.02, -0.43], [x * 0.58, 1.02, -0.43], 0.2, style.blackPlastic);
  });

export const exerciseBall: FurnitureMaker = (random) => {
  const things = random.fork();
  const radius = random.between(0.28, 0.36);
  return piece({ size: [radius * 2, radius * 2, radius * 2], clearance: 0 }, (a) => ball(a, things, radius));
};

export const yogaMat: FurnitureMaker = (random) => {
  const material = accentMaterial(random);
  return piece({ size: [0.62, 1.75, 0.1], clearance: 0, flat: true }, (a) => {
    a.box(0, 0, 0.05, 0.6, 0.008, 1.65, material);
    a.bar([-0.3, 0.05, -0.8], [0.3, 0.05, -0.8], 0.045, material);
  });
};

/** Building blocks, balls and a toy box on the floor. */
export const toys: FurnitureMaker = (random) => {
  const things = random.fork();
  return piece({ size: [1.1, 0.9, 0.5], clearance: 0 }, (a) => {
    for (let index = 0; index < 9; index++) {
      const size = things.between(0.08, 0.14);
      a.withTransform(
        { x: -0.44 + (index % 3) * 0.2, z: -0.3 + Math.floor(index / 3) * 0.22, yaw: things.between(0, 1.5) },
        () => {
          const shape = things.unit();
          if (shape < 0.6) a.box(0, 0, 0, size, size, size, accentMaterial(things), 0.008);
          else if (shape < 0.8) a.cylinder(0, 0, 0, size / 2, size, accentMaterial(things));
          else a.cylinder(0, 0, 0, size * 0.7, size, accentMaterial(things), 0.004);
        },
      );
    }
    a.withTransform({ x: 0.35, z: 0.2 }, () => ball(a, things, 0.12));
    a.withTransform({ x: 0.32, z: -0.22 }, () => a.box(0, 0, 0, 0.4, 0.28, 0.3, accentMaterial(things), 0.02));
  });
};

/** A little slide. */
export const slide: FurnitureMaker = (random) => {
  const [first, second] = [accentMaterial(random), accentMaterial(random)];
  return piece({ size: [0.7, 1.7, 1.1], clearance: 0.2 }, (a) => {
    a.withTransform({ y: 0.38, z: 0.2, pitch: 0.52 }, () => {
      a.box(0, 0, 0, 0.46, 0.04, 1.35, first, 0.015);
      for (const x of [-0.25, 0.25]) a.box(x, 0, 0, 0.04, 0.14, 1.35, first, 0.018);
    });
    for (const x of [-0.25, 0.25]) a.bar([x, 0, -0.72], [x, 1.05, -0.42], 0.035, second);
    for (let step = 1; step < 4; step++)
      a.bar([-0.25, step * 0.22, -0.72 + step * 0.07], [0.25, step * 0.22, -0.72 + step * 0.07], 0.03, second);
  });
};

/** A tent of cloth. */
export const playTent: FurnitureMaker = (random, style) => {
  const cloth = random.pick([style.curtain, style.cushion]);
  return piece({ size: [1.15, 1.15, 1.5] }, (a) => {
    a.cylinder(0, 0, 0, 0.56, 1.4, cloth, 0.03);
    a.withTransform({ z: 0.3, y: 0 }, () => a.ellipsoid(0, 0.2, 0, 0.22, 0.5, 0.27, style.blackPlastic));
    a.cylinder(0, 1.38, 0, 0.012, 0.14, style.wood);
  });
};

/** Table tennis or billiards. */
export const gameTable: FurnitureMaker = (random, style) => {
  const billiards = random.chance(0.5);
  const things = random.fork();
  return piece({ size: [billiards ? 2.2 : 2.5, billiards ? 1.25 : 1.45, 0.95] }, (a) => {
    if (billiards) {
      a.box(0, 0.55, 0, 2.2, 0.22, 1.25, style.darkWood, 0.02);
      a.box(0, 0.76, 0, 1.98, 0.02, 1.03, { texture: textures.fabric(rgb(28, 104, 66), 3) });
      for (const z of [-0.57, 0.57]) a.box(0, 0.77, z, 2.2, 0.05, 0.11, style.darkWood, 0.02);
      for (const x of [-1.05, 1.05]) a.box(x, 0.77, 0, 0.1, 0.05, 1.2, style.darkWood, 0.02);
      for (const x of [-0.9, 0.9]) for (const z of [-0.45, 0.45]) a.cylinder(x, 0, z, 0.05, 0.56, style.darkWood, 0.08);
      for (let index = 0; index < 9; index++) {
        a.withTransform({ x: things.between(-0.85, 0.85), y: 0.78, z: things.between(-0.4, 0.4) }, () =>
          ball(a, things, 0.029),
        );
      }
    } else {
      a.box(0, 0.72, 0, 2.5, 0.03, 1.45, { texture: textures.plain(rgb(34, 74, 118)), reflectivity: 0.02 });
      a.box(0, 0.751, 0, 2.46, 0.001, 0.02, style.paper);
      a.box(0, 0.75, 0, 0.01, 0.15, 1.55, style.whitePlastic);
      a.legs(1, 0.6, 0.05, 0.72, style.metal);
    }
  });
};

/** An upright piano with its stool left out. */
export const piano: FurnitureMaker = (_random, style) =>
  piece({ size: [1.48, 0.66, 1.2], clearance: 0.6 }, (a) => {
    a.box(0, 0, -0.14, 1.46, 1.16, 0.36, style.darkWood, 0.01);
    a.box(0, 1.16, -0.14, 1.5, 0.03, 0.4, style.darkWood, 0.008);
    a.box(0, 0.6, 0.16, 1.46, 0.1, 0.32, style.darkWood, 0.01);
    const keys: Material = {
      texture: ({ u, v, face }, out) => {
        const key = u / 0.0235 - Math.floor(u / 0.0235);
        out.fill(key < 0.06 ? 0.3 : 0.85);
        const black = [1, 1, 0, 1, 1, 1, 0][((Math.floor(u / 0.0235 + 0.5) % 7) + 7) % 7];
        const between = Math.abs(u / 0.0235 - Math.floor(u / 0.0235 + 0.5));
        if (face === 1 && black && between < 0.28 && v < 0.02) out.fill(0.01);
      },
    };
    a.box(0, 0.7, 0.2, 1.28, 0.02, 0.15, keys);
    for (const x of [-1, 1]) a.box(x * 0.68, 0, 0.24, 0.08, 0.62, 0.08, style.darkWood);
    a.box(0, 0.86, 0.05, 0.5, 0.24, 0.02, style.paper);
  });

/** A waist-high railing of wooden posts. */
export function railing(width: number): FurnitureMaker {
  return (_random, style) =>
    piece({ size: [width, 0.12, 1.05], clearance: 0 }, (a) => {
      a.box(0, 0.98, 0, width, 0.06, 0.1, style.darkWood, 0.02);
      a.box(0, 0.08, 0, width, 0.05, 0.06, style.darkWood);
      for (let post = 0; post * 0.12 < width - 0.06; post++)
        a.cylinder(-width / 2 + 0.06 + post * 0.12, 0.12, 0, 0.016, 0.87, style.whiteWood);
      for (const x of [-1, 1]) a.box(x * (width / 2 - 0.05), 0, 0, 0.1, 1.08, 0.1, style.darkWood);
    });
}
