import { type FurnitureMaker, piece } from './piece.js';
import { pillow } from './small-objects.js';

/** @param width of the mattress: 0.9 for one, 1.6 for two. */
export function bed(width: number): FurnitureMaker {
  return (random, style) => {
    const length = 2.05;
    const frame = random.pick([style.wood, style.darkWood, style.whiteWood, style.upholstery]);
    const head = random.between(0.85, 1.15);
    const cover = random.pick([style.cushion, style.secondUpholstery, style.linen]);
    const folded = random.chance(0.6);
    return piece({ size: [width + 0.1, length + 0.1, head], clearance: 0.4 }, (a) => {
      a.box(0, 0.1, -length / 2, width + 0.1, head - 0.1, 0.07, frame, 0.03);
      a.box(0, 0.1, 0, width + 0.06, 0.24, length, frame, 0.02);
      a.box(0, 0.1, length / 2, width + 0.1, 0.34, 0.05, frame, 0.02);
      a.legs(width / 2 - 0.05, length / 2 - 0.05, 0.08, 0.12, frame);
      a.box(0, 0.3, 0.01, width, 0.24, length - 0.08, style.linen, 0.08);
      const coverLength = folded ? length * 0.6 : length * 0.74;
      a.box(0, 0.33, length / 2 - coverLength / 2 - 0.03, width + 0.07, 0.26, coverLength, cover, 0.07);
      if (folded) a.box(0, 0.5, length / 2 - coverLength - 0.02, width + 0.06, 0.11, 0.28, style.linen, 0.05);
      const pillows = width > 1.3 ? [-width / 4, width / 4] : [0];
      for (const x of pillows) {
        a.withTransform({ x, y: 0.52, z: -length / 2 + 0.3, pitch: -0.25 }, () =>
          pillow(a, style.linen, width > 1.3 ? 0.68 : 0.62, 0.42, 0.17),
        );
        a.withTransform({ x: x * 0.9, y: 0.66, z: -length / 2 + 0.5, pitch: -0.7 }, () =>
          pillow(a, style.cushion, 0.42, 0.36, 0.14),
        );
      }
    });
  };
}

/** A child's bed with bars. */
export const crib: FurnitureMaker = (_random, style) =>
  piece({ size: [0.75, 1.3, 1] }, (a) => {
    for (const x of [-1, 1]) {
      for (const z of [-1, 1]) a.box(x * 0.34, 0, z * 0.62, 0.045, 1, 0.045, style.whiteWood);
      a.box(x * 0.34, 0.92, 0, 0.03, 0.04, 1.2, style.whiteWood);
      a.box(x * 0.34, 0.34, 0, 0.03, 0.04, 1.2, style.whiteWood);
      for (let bar = 0; bar < 11; bar++) a.cylinder(x * 0.34, 0.36, -0.54 + bar * 0.108, 0.01, 0.58, style.whiteWood);
    }
    for (const z of [-1, 1]) a.box(0, 0.34, z * 0.62, 0.64, 0.6, 0.025, style.whiteWood);
    a.box(0, 0.36, 0, 0.62, 0.14, 1.18, style.linen, 0.05);
    a.box(0, 0.42, 0.2, 0.6, 0.12, 0.75, style.cushion, 0.05);
  });
