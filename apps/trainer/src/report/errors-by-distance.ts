import type { Frame } from '@llm-mde/rgbd';
import type { EvaluationConfiguration } from '../config/schema.js';
import { comparedDepth } from '../evaluate/compared-depth.js';

/** The errors of all compared pixels whose true distance is in a range. */
export interface DistanceErrors {
  /** In metres. */
  from: number;
  to: number;
  pixels: number;
  /** Mean |prediction − truth| / truth. */
  absRel: number;
  /** Mean |prediction − truth| in metres. */
  error: number;
  /** Mean prediction − truth in metres: negative where depth is predicted too near. */
  bias: number;
}

/** About so many ranges. */
const RANGES = 10;

/** Sums errors by the true distance of a pixel, in ranges of a round width. */
export class ErrorsByDistance {
  private readonly width: number;
  private readonly sums: { pixels: number; relative: number; absolute: number; signed: number }[];

  constructor(private readonly protocol: EvaluationConfiguration) {
    this.width = roundStep(protocol.maxDepth / RANGES);
    const count = Math.ceil(protocol.maxDepth / this.width - 1e-9);
    this.sums = Array.from({ length: count }, () => ({ pixels: 0, relative: 0, absolute: 0, signed: 0 }));
  }

  /** @param prediction metres, of the size of the frame's image. */
  add(frame: Frame, prediction: Float32Array): void {
    const { depth, mask } = comparedDepth(frame, prediction, this.protocol);
    for (const [pixel, truth] of frame.depth.entries()) {
      const difference = depth[pixel]! - truth;
      if (!mask[pixel] || !Number.isFinite(difference)) continue;
      const range = this.sums[Math.min(this.sums.length - 1, Math.floor(truth / this.width))]!;
      range.pixels += 1;
      range.relative += Math.abs(difference) / truth;
      range.absolute += Math.abs(difference);
      range.signed += difference;
    }
  }

  /** Those ranges that have pixels. */
  ranges(): DistanceErrors[] {
    return this.sums.flatMap(({ pixels, relative, absolute, signed }, index) => {
      if (pixels === 0) return [];
      const [from, to] = [index, index + 1].map((edge) => Number((edge * this.width).toPrecision(12))) as [
        number,
        number,
      ];
      return [{ from, to, pixels, absRel: relative / pixels, error: absolute / pixels, bias: signed / pixels }];
    });
  }
}

/** The next of 1, 2, 2.5 or 5 times a power of ten that is at least as large. */
export function roundStep(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10]
    .map((factor) => Number((factor * power).toPrecision(12)))
    .find((step) => step >= value * (1 - 1e-9))!;
}
