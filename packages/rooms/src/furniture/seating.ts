import { type FurnitureMaker, piece } from './piece.js';
import { accentMaterial } from './style.js';

export function sofa(seats: number): FurnitureMaker {
  return (random, style) => {
    const material = random.pick([style.upholstery, style.upholstery, style.leather, style.secondUpholstery]);
    const arm = random.between(0.16, 0.24);
    const seat = random.between(0.58, 0.68);
    const width = seats * seat + 2 * arm;
    const depth = random.between(0.85, 0.98);
    const pillows = random.chance(0.8);
    const lie = random.fork();
    return piece({ size: [width, depth, 0.85], clearance: 0.45 }, (a) => {
      a.box(0, 0.06, 0, width, 0.24, depth, material, 0.04);
      for (const x of [-1, 1]) {
        a.box(x * (width / 2 - arm / 2), 0.06, 0, arm, 0.54, depth, material, 0.07);
        for (const z of [-1, 1])
          a.box(x * (width / 2 - 0.08), 0, z * (depth / 2 - 0.08), 0.05, 0.07, 0.05, style.darkWood);
      }
      a.box(0, 0.1, -depth / 2 + 0.11, width - 0.05, 0.68, 0.22, material, 0.08);
      for (let index = 0; index < seats; index++) {
        const x = -width / 2 + arm + seat * (index + 0.5);
        a.box(x, 0.29, 0.09, seat - 0.012, 0.16, depth - 0.24, material, 0.055);
        a.withTransform({ x, y: 0.42, z: -depth / 2 + 0.27, pitch: -0.16 }, () =>
          a.box(0, 0, 0, seat - 0.02, 0.42, 0.17, material, 0.07),
        );
      }
      if (!pillows) return;
      for (const side of seats > 1 ? [-1, 1] : [1]) {
        a.withTransform(
          {
            x: side * (width / 2 - arm - 0.22),
            y: 0.45,
            z: -depth / 2 + 0.4,
            yaw: lie.between(-0.4, 0.4),
            pitch: -0.45,
          },
          () => a.box(0, 0, 0, 0.42, 0.4, 0.15, style.cushion, 0.072),
        );
      }
      if (seats > 2 && lie.chance(0.4)) {
        // A blanket over the back.
        a.box(lie.between(-0.4, 0.4), 0.62, -depth / 2 + 0.13, 0.55, 0.19, 0.3, accentMaterial(lie), 0.05);
      }
    });
  };
}

export const armchair: FurnitureMaker = (random, style) =>
  sofa(1)(random, { ...style, upholstery: style.secondUpholstery });

/** A dining chair: four legs, a seat, a back of slats or a board. */
export const chair: FurnitureMaker = (random, style) => {
  const frame = random.pick([style.wood, style.darkWood, style.whiteWood]);
  const seatMaterial = random.pick([frame, style.cushion, style.upholstery]);
  const slats = random.chance(0.6);
  return piece({ size: [0.46, 0.5, 0.9], clearance: 0.1 }, (a) => {
    for (const x of [-0.19, 0.19]) {
      a.box(x, 0, 0.18, 0.036, 0.44, 0.036, frame);
      a.box(x, 0, -0.2, 0.036, 0.92, 0.036, frame);
    }
    a.box(0, 0.43, 0, 0.44, 0.045, 0.43, seatMaterial, 0.018);
    a.box(0, 0.2, 0.18, 0.36, 0.025, 0.02, frame);
    a.box(0, 0.84, -0.2, 0.36, 0.07, 0.025, frame);
    if (slats) for (const x of [-0.12, -0.04, 0.04, 0.12]) a.box(x, 0.47, -0.2, 0.025, 0.38, 0.014, frame);
    else a.box(0, 0.56, -0.2, 0.36, 0.2, 0.02, frame, 0.008);
  });
};

/** A swivel chair on five castors. */
export const officeChair: FurnitureMaker = (random, style) => {
  const cover = random.pick([style.blackPlastic, style.secondUpholstery, style.upholstery, style.leather]);
  const arms = random.chance(0.6);
  return piece({ size: [0.6, 0.6, 1], clearance: 0.05 }, (a) => {
    for (let leg = 0; leg < 5; leg++) {
      a.withTransform({ yaw: leg * 1.2566 }, () => {
        a.bar([0, 0.09, 0], [0, 0.07, 0.27], 0.022, style.blackPlastic);
        a.ellipsoid(0, 0.035, 0.27, 0.025, 0.035, 0.035, style.blackPlastic);
      });
    }
    a.cylinder(0, 0.08, 0, 0.03, 0.34, style.metal);
    a.box(0, 0.42, 0.02, 0.5, 0.09, 0.48, cover, 0.04);
    a.bar([0, 0.42, -0.2], [0, 0.62, -0.27], 0.02, style.blackPlastic);
    a.withTransform({ y: 0.55, z: -0.25, pitch: -0.12 }, () => a.box(0, 0, 0, 0.44, 0.5, 0.07, cover, 0.034));
    if (arms) {
      for (const x of [-0.27, 0.27]) {
        a.box(x, 0.46, -0.02, 0.03, 0.2, 0.04, style.blackPlastic);
        a.box(x, 0.65, 0.02, 0.06, 0.03, 0.26, style.blackPlastic, 0.014);
      }
    }
  });
};

/** A stackable plastic chair on a bent steel frame, for schools and meetings. */
export const shellChair: FurnitureMaker = (random, style) => {
  const shell = random.pick([accentMaterial(random), style.blackPlastic, style.grayPlastic, style.secondUpholstery]);
  return piece({ size: [0.48, 0.5, 0.82], clearance: 0.1 }, (a) => {
    for (const x of [-0.2, 0.2]) {
      a.bar([x, 0, 0.2], [x * 0.9, 0.44, 0.14], 0.012, style.chrome);
      a.bar([x, 0, -0.2], [x * 0.9, 0.5, -0.16], 0.012, style.chrome);
      a.bar([x * 0.9, 0.44, -0.16], [x * 0.9, 0.75, -0.22], 0.012, style.chrome);
    }
    a.box(0, 0.43, 0, 0.43, 0.03, 0.42, shell, 0.014);
    a.withTransform({ y: 0.52, z: -0.2, pitch: -0.16 }, () => a.box(0, 0, 0, 0.42, 0.3, 0.026, shell, 0.012));
  });
};

export const stool: FurnitureMaker = (random, style) => {
  const height = random.between(0.6, 0.72);
  const frame = random.pick([style.wood, style.chrome, style.blackPlastic]);
  const seat = random.pick([style.leather, frame]);
  return piece({ size: [0.38, 0.38, height], clearance: 0.05 }, (a) => {
    for (const [x, z] of [
      [-1, -1],
      [-1, 1],
      [1, -1],
      [1, 1],
    ] as const) {
      a.bar([x * 0.16, 0, z * 0.16], [x * 0.1, height - 0.04, z * 0.1], 0.016, frame);
    }
    for (const side of [-1, 1]) a.bar([-0.14, 0.22, side * 0.14], [0.14, 0.22, side * 0.14], 0.009, frame);
    a.cylinder(0, height - 0.06, 0, 0.17, 0.06, seat);
  });
};

export const bench: FurnitureMaker = (random, style) => {
  const width = random.between(1, 1.5);
  const cushioned = random.chance(0.6);
  return piece({ size: [width, 0.42, 0.48] }, (a) => {
    a.box(0, 0.4, 0, width, 0.05, 0.4, style.wood, 0.01);
    for (const x of [-1, 1]) a.box(x * (width / 2 - 0.12), 0, 0, 0.06, 0.4, 0.34, style.wood);
    if (cushioned) a.box(0, 0.45, 0, width - 0.1, 0.07, 0.38, style.cushion, 0.03);
  });
};

/** A bean bag. */
export const beanBag: FurnitureMaker = (random) => {
  const material = accentMaterial(random);
  return piece({ size: [0.95, 0.95, 0.7] }, (a) => {
    a.ellipsoid(0, 0.2, 0.03, 0.46, 0.24, 0.46, material);
    a.withTransform({ y: 0.4, z: -0.12, pitch: -0.3 }, () => a.ellipsoid(0, 0, 0, 0.36, 0.3, 0.28, material));
  });
};

export const footstool: FurnitureMaker = (random, style) => {
  const size = random.between(0.45, 0.6);
  return piece({ size: [size, size, 0.4], clearance: 0.1 }, (a) => {
    a.box(0, 0.06, 0, size, 0.32, size, style.secondUpholstery, 0.06);
  });
};
