// Everything that reaches a pixel is computed from +, −, ×, ÷ and square roots of float64 and from integer operations. These are
// exact or correctly rounded everywhere, while Math.sin, Math.pow and their like differ between engines in the last digits.

/** 32 bits mixed from integers; the same on every machine. */
export function hash(a: number, b = 0, c = 0, seed = 0): number {
  return scrambled(
    Math.imul(a | 0, 0x9e3779b1) ^ Math.imul(b | 0, 0x85ebca77) ^ Math.imul(c | 0, 0xc2b2ae3d) ^ (seed | 0),
  );
}

function scrambled(mixed: number): number {
  let x = mixed ^ (mixed >>> 16);
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x >>> 0;
}

/** {@link hash} as a number in [0, 1). */
export function hashUnit(a: number, b = 0, c = 0, seed = 0): number {
  return hash(a, b, c, seed) / 4294967296;
}

/** A 32-bit hash of a text. */
export function hashText(text: string): number {
  let x = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) x = Math.imul(x ^ text.charCodeAt(index), 0x01000193);
  return hash(x);
}

/** Smooth noise in [0, 1] that changes over a distance of about 1. */
export function noise2(x: number, y: number, seed = 0): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const fx = x - column;
  const fy = y - row;
  const wx = fx * fx * (3 - 2 * fx);
  const wy = fy * fy * (3 - 2 * fy);
  const left = Math.imul(column | 0, 0x9e3779b1) ^ (seed | 0);
  const right = Math.imul((column + 1) | 0, 0x9e3779b1) ^ (seed | 0);
  const above = Math.imul(row | 0, 0x85ebca77);
  const below = Math.imul((row + 1) | 0, 0x85ebca77);
  const top = scrambled(left ^ above) * (1 - wx) + scrambled(right ^ above) * wx;
  const bottom = scrambled(left ^ below) * (1 - wx) + scrambled(right ^ below) * wx;
  return (top * (1 - wy) + bottom * wy) / 4294967296;
}

/** Three octaves of {@link noise2}, in [0, 1]. */
export function fractalNoise2(x: number, y: number, seed = 0): number {
  return (
    (4 * noise2(x, y, seed) + 2 * noise2(2.03 * x + 17, 2.03 * y, seed + 1) + noise2(4.1 * x, 4.1 * y + 5, seed + 2)) /
    7
  );
}

export const PI = Math.PI;

/** Sine to about 1e-9, of radians. */
export function sine(x: number): number {
  let turns = x / (2 * PI);
  turns -= Math.floor(turns + 0.5);
  // Fold to a quarter of a turn, where the power series converges fast.
  if (turns > 0.25) turns = 0.5 - turns;
  else if (turns < -0.25) turns = -0.5 - turns;
  const a = turns * 2 * PI;
  const s = a * a;
  return (
    a *
    (1 - (s / 6) * (1 - (s / 20) * (1 - (s / 42) * (1 - (s / 72) * (1 - (s / 110) * (1 - (s / 156) * (1 - s / 210)))))))
  );
}

/** Cosine to about 1e-9, of radians. */
export function cosine(x: number): number {
  return sine(x + PI / 2);
}

/** The angle of (x, y) as a share of a full turn, in [0, 1), to about 1e-3: for placing textures around cylinders. */
export function turnOf(y: number, x: number): number {
  const ax = x < 0 ? -x : x;
  const ay = y < 0 ? -y : y;
  const ratio = ax > ay ? ay / ax : ax === 0 && ay === 0 ? 0 : ax / ay;
  const s = ratio * ratio;
  let turn = (ratio * (0.97239411 - 0.19194795 * s)) / (2 * PI);
  if (ay > ax) turn = 0.25 - turn;
  if (x < 0) turn = 0.5 - turn;
  return y < 0 ? 1 - turn : turn;
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : Math.min(value, high);
}

/** 0 below `from`, 1 above `to`, smooth between. */
export function smoothStep(from: number, to: number, value: number): number {
  const x = clamp((value - from) / (to - from), 0, 1);
  return x * x * (3 - 2 * x);
}
