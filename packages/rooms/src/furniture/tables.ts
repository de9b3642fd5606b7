import { type FurnitureMaker, piece } from './piece.js';
import { bookStack, bottle, bowl, computer, laptop, mug, paperStack, plantPot, tableLamp } from './small-objects.js';

/** A table for meals with chairs pushed under it is put together in layout/arrangements.ts; this is the table alone. */
export function table(width: number, depth: number, laid = true): FurnitureMaker {
  return (random, style) => {
    const material = random.pick([style.wood, style.wood, style.darkWood, style.whiteWood]);
    const things = random.fork();
    return piece({ size: [width, depth, 0.76] }, (a) => {
      a.box(0, 0.71, 0, width, 0.04, depth, material, 0.008);
      a.box(0, 0.63, 0, width - 0.16, 0.08, depth - 0.16, material);
      a.legs(width / 2 - 0.07, depth / 2 - 0.07, 0.065, 0.71, material);
      if (!laid) return;
      a.withTransform({ y: 0.75 }, () => bowl(a, things, style));
      for (const x of [-1, 1]) {
        if (things.chance(0.6)) {
          a.withTransform({ x: x * width * 0.3, y: 0.75, z: things.between(-0.15, 0.15) }, () => {
            a.cylinder(0, 0, 0, 0.09, 0.015, style.ceramic, 0.12);
            a.withTransform({ x: 0.17 }, () => mug(a, things));
          });
        }
      }
      if (things.chance(0.4)) a.withTransform({ x: 0.25, y: 0.75, z: -0.1 }, () => bottle(a, things));
    });
  };
}

export function roundTable(radius: number, height = 0.74): FurnitureMaker {
  return (random, style) => {
    const material = random.pick([style.wood, style.darkWood, style.whiteWood, style.worktop]);
    const things = random.fork();
    return piece({ size: [radius * 2, radius * 2, height] }, (a) => {
      a.cylinder(0, height - 0.035, 0, radius, 0.035, material);
      a.cylinder(0, 0.03, 0, 0.045, height - 0.06, style.metal);
      a.cylinder(0, 0, 0, radius * 0.55, 0.03, style.metal, radius * 0.4);
      if (things.chance(0.7)) a.withTransform({ x: 0.12, y: height, z: 0.1 }, () => mug(a, things));
      if (things.chance(0.5)) a.withTransform({ x: -0.1, y: height, z: 0.02 }, () => bottle(a, things));
      if (things.chance(0.4)) a.withTransform({ x: -0.05, y: height, z: -0.15 }, () => bookStack(a, things, 2));
    });
  };
}

export const coffeeTable: FurnitureMaker = (random, style) => {
  const width = random.between(0.9, 1.25);
  const depth = random.between(0.5, 0.65);
  const material = random.pick([style.wood, style.darkWood, style.blackGlass]);
  const things = random.fork();
  return piece({ size: [width, depth, 0.45], clearance: 0.1 }, (a) => {
    a.box(0, 0.4, 0, width, 0.035, depth, material, 0.006);
    a.legs(width / 2 - 0.06, depth / 2 - 0.06, 0.05, 0.4, style.darkWood);
    a.box(0, 0.14, 0, width - 0.14, 0.02, depth - 0.14, style.darkWood);
    a.withTransform({ x: -width * 0.25, y: 0.435 }, () => bookStack(a, things));
    if (things.chance(0.6)) a.withTransform({ x: width * 0.2, y: 0.435, z: 0.05 }, () => mug(a, things));
    if (things.chance(0.5)) a.withTransform({ x: width * 0.28, y: 0.435, z: -0.1 }, () => bowl(a, things, style));
    if (things.chance(0.5)) a.withTransform({ y: 0.16 }, () => bookStack(a, things));
  });
};

export const sideTable: FurnitureMaker = (random, style) => {
  const things = random.fork();
  const lit = random.chance(0.75);
  return piece({ size: [0.48, 0.45, 1.1], clearance: 0.05 }, (a) => {
    a.box(0, 0.5, 0, 0.48, 0.04, 0.44, style.wood, 0.008);
    a.box(0, 0.18, 0, 0.42, 0.02, 0.38, style.wood);
    a.legs(0.2, 0.18, 0.035, 0.5, style.wood);
    a.withTransform({ y: 0.54, z: -0.05 }, () => tableLamp(a, things, style, 0.52, lit));
    a.withTransform({ y: 0.2 }, () => bookStack(a, things));
  });
};

/** @param equipment what stands on it. */
export function desk(equipment: 'computer' | 'laptop' | 'papers', width = 1.4): FurnitureMaker {
  return (random, style) => {
    const depth = random.between(0.65, 0.8);
    const top = random.pick([style.wood, style.whiteWood, style.darkWood, style.worktop]);
    const body = random.pick([style.woodFronts(1, 3), style.cabinetFronts(1, 3)]);
    const things = random.fork();
    const lamp = random.chance(0.45);
    return piece({ size: [width, depth, 1.2], clearance: 0.8 }, (a) => {
      a.box(0, 0.71, 0, width, 0.035, depth, top, 0.005);
      a.box(width / 2 - 0.22, 0.06, 0, 0.4, 0.65, depth - 0.06, body);
      a.box(-width / 2 + 0.03, 0, 0, 0.04, 0.71, depth - 0.06, top);
      a.box(0, 0.3, -depth / 2 + 0.05, width - 0.1, 0.41, 0.02, top);
      a.withTransform({ x: things.between(-0.25, 0.1), y: 0.745, z: -0.08, yaw: things.between(-0.15, 0.15) }, () => {
        if (equipment === 'computer') computer(a, things, style);
        else if (equipment === 'laptop') laptop(a, things, style);
        else paperStack(a, things, style);
      });
      a.withTransform({ x: width / 2 - 0.22, y: 0.745, z: 0.05 }, () => paperStack(a, things, style));
      a.withTransform({ x: width / 2 - 0.2, y: 0.745, z: -0.2 }, () => bookStack(a, things));
      a.withTransform({ x: -width / 2 + 0.18, y: 0.745, z: 0.12 }, () => mug(a, things));
      if (lamp) a.withTransform({ x: -width / 2 + 0.17, y: 0.745, z: -0.2 }, () => tableLamp(a, things, style, 0.42));
      else if (things.chance(0.4))
        a.withTransform({ x: -width / 2 + 0.17, y: 0.745, z: -0.2 }, () => plantPot(a, things, style, 0.2));
    });
  };
}

/** A desk for two pupils or users. */
export function plainDesk(equipment: 'none' | 'computer', width = 1.3): FurnitureMaker {
  return (random, style) => {
    const things = random.fork();
    const seats = equipment === 'computer' ? Math.max(1, Math.floor(width / 0.75)) : 0;
    return piece({ size: [width, 0.62, equipment === 'computer' ? 1.15 : 0.74] }, (a) => {
      a.box(0, 0.7, 0, width, 0.03, 0.62, style.wood, 0.006);
      for (const x of [-1, 1]) {
        for (const z of [-0.26, 0.26])
          a.bar([x * (width / 2 - 0.05), 0, z], [x * (width / 2 - 0.05), 0.7, z], 0.016, style.metal);
        a.bar([x * (width / 2 - 0.05), 0.1, -0.26], [x * (width / 2 - 0.05), 0.1, 0.26], 0.012, style.metal);
      }
      a.box(0, 0.36, -0.24, width - 0.14, 0.32, 0.015, style.grayPlastic);
      for (let seat = 0; seat < seats; seat++) {
        const x = ((seat + 0.5) / seats - 0.5) * width;
        a.withTransform({ x, y: 0.73, z: -0.08 }, () => computer(a, things, style));
        a.box(x + 0.05, 0, -0.1, 0.19, 0.42, 0.42, style.blackPlastic, 0.01);
      }
      if (seats === 0 && things.chance(0.6)) {
        a.withTransform({ x: things.between(-0.3, 0.3), y: 0.73 }, () =>
          things.chance(0.5) ? paperStack(a, things, style) : bookStack(a, things, 3),
        );
      }
    });
  };
}
