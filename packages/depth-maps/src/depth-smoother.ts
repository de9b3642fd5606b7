import { checkSize, isDepth, type Size } from './size.js';

export interface DepthSmootherOptions {
  /**
   * How much of a frame's own scale is taken over, 0 to 1: the rest is that of the frames before.
   * @default 0.15
   */
  scaleGain?: number;
  /** How much of a frame's own depth is taken over where the picture stands still, 0 to 1. @default 0.25 */
  stillGain?: number;
}

/** Changes of brightness, of 255, below which a pixel stands still, and above which it shows something else. */
const STILL = 8;
const MOVED = 32;
/** A share of the pixels that shows something else at once is a cut to another scene. */
const CUT = 0.6;
/** Pixels that the scale is measured on, at most. */
const SAMPLES = 4096;

/**
 * Takes the flicker out of the depth of a video, whose frames were estimated one by one. Two filters in log depth, both by what stands still in the
 * picture: the scale of each frame, by the median of its log ratio to the frame before; and each pixel, by an exponential mean. Where the picture
 * changes, a frame's own depth counts; at a cut to another scene both begin anew.
 */
export class DepthSmoother {
  private readonly scaleGain: number;
  private readonly stillGain: number;
  private before: { logDepth: Float32Array; brightness: Uint8Array; width: number; height: number } | undefined;

  constructor({ scaleGain = 0.15, stillGain = 0.25 }: DepthSmootherOptions = {}) {
    for (const [name, gain] of Object.entries({ scaleGain, stillGain })) {
      if (!(gain > 0 && gain <= 1)) throw new RangeError(`${name} must be above 0 and at most 1, got ${gain}.`);
    }
    this.scaleGain = scaleGain;
    this.stillGain = stillGain;
  }

  /** Begins anew, as at the first frame. */
  reset(): void {
    this.before = undefined;
  }

  /**
   * The smoothed depth of the next frame.
   *
   * @param depth metres; 0, negative values, NaN and infinities are missing depth and stay as they are.
   * @param colors the frame, RGB interleaved.
   * @throws RangeError if the size is wrong.
   */
  next(depth: Float32Array, colors: Uint8Array, { width, height }: Size): Float32Array<ArrayBuffer> {
    checkSize('The depth map', depth, { width, height });
    checkSize('The frame', colors, { width, height }, 3);
    const brightness = brightnessOf(colors);
    const logDepth = depth.map((metres) => (isDepth(metres) ? Math.log(metres) : Number.NaN));
    const { before } = this;
    const isSame = before?.width === width && before.height === height && !isCut(before.brightness, brightness);
    if (isSame) this.smooth(logDepth, brightness, before);
    this.before = { logDepth, brightness, width, height };
    return Float32Array.from(logDepth, (value, pixel) => (Number.isNaN(value) ? depth[pixel]! : Math.exp(value)));
  }

  private smooth(logDepth: Float32Array, brightness: Uint8Array, before: NonNullable<typeof this.before>): void {
    const change = medianChange(logDepth, before.logDepth, brightness, before.brightness);
    const correction = (1 - this.scaleGain) * change;
    for (let pixel = 0; pixel < logDepth.length; pixel++) {
      const own = logDepth[pixel]! - correction;
      const last = before.logDepth[pixel]!;
      const moved = Math.abs(brightness[pixel]! - before.brightness[pixel]!);
      const share = Math.min(1, Math.max(0, (moved - STILL) / (MOVED - STILL)));
      const gain = this.stillGain + (1 - this.stillGain) * share;
      logDepth[pixel] = Number.isNaN(last) ? own : last + gain * (own - last);
    }
  }
}

function brightnessOf(colors: Uint8Array): Uint8Array {
  return Uint8Array.from(
    { length: colors.length / 3 },
    (_, pixel) => (colors[3 * pixel]! + 2 * colors[3 * pixel + 1]! + colors[3 * pixel + 2]!) / 4,
  );
}

function isCut(before: Uint8Array, now: Uint8Array): boolean {
  let changed = 0;
  for (let pixel = 0; pixel < now.length; pixel++) if (Math.abs(now[pixel]! - before[pixel]!) > MOVED) changed += 1;
  return changed > CUT * now.length;
}

/** Median log ratio where the picture stands still; 0 where too little does. */
function medianChange(
  logDepth: Float32Array,
  last: Float32Array,
  brightness: Uint8Array,
  lastBrightness: Uint8Array,
): number {
  const step = Math.max(1, Math.floor(logDepth.length / SAMPLES));
  const ratios: number[] = [];
  for (let pixel = 0; pixel < logDepth.length; pixel += step) {
    const ratio = logDepth[pixel]! - last[pixel]!;
    if (!Number.isNaN(ratio) && Math.abs(brightness[pixel]! - lastBrightness[pixel]!) <= STILL) ratios.push(ratio);
  }
  if (ratios.length < Math.min(16, 0.02 * (logDepth.length / step))) return 0;
  ratios.sort((one, other) => one - other);
  return ratios[Math.floor(ratios.length / 2)]!;
}

/**
 * The flicker between two frames of a video: the mean |Δ log depth| where the picture stands still. NaN if nothing does.
 *
 * @param frames depth in metres and RGB interleaved colors, both of one size.
 */
export function flickerBetween(
  ...frames: [before: { depth: Float32Array; colors: Uint8Array }, now: { depth: Float32Array; colors: Uint8Array }]
): number {
  const [before, now] = frames.map(({ depth, colors }) => ({ depth, brightness: brightnessOf(colors) })) as [
    { depth: Float32Array; brightness: Uint8Array },
    { depth: Float32Array; brightness: Uint8Array },
  ];
  let [sum, count] = [0, 0];
  for (let pixel = 0; pixel < now.depth.length; pixel++) {
    const isStill = Math.abs(now.brightness[pixel]! - before.brightness[pixel]!) <= STILL;
    if (!isStill || !isDepth(now.depth[pixel]!) || !isDepth(before.depth[pixel]!)) continue;
    sum += Math.abs(Math.log(now.depth[pixel]! / before.depth[pixel]!));
    count += 1;
  }
  return sum / count;
}
