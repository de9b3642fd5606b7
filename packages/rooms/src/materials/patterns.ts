import { fractalNoise2, hash, hashUnit, noise2, smoothStep } from '../numeric.js';
import type { Color } from './color.js';
import type { Texture } from './material.js';
import { poster, vivid } from './textures.js';

/** Woven or printed cloth and paper: checks, dots, stripes across, or leaves, of two colors. */
export function patterned(ground: Color, second: Color, seed: number): Texture {
  const style = hash(seed, 1) % 4;
  const size = 0.02 + 0.1 * hashUnit(seed, 2);
  return ({ u, v, face, footprint }, out) => {
    const x = (u + face * 0.37) / size;
    const y = v / size;
    const inX = x - Math.floor(x);
    const inY = y - Math.floor(y);
    let share = 0;
    if (style === 0) share = ((inX < 0.5 ? 1 : 0) + (inY < 0.5 ? 1 : 0)) / 2;
    else if (style === 1) {
      const shift = (Math.floor(y) & 1) === 0 ? inX : (inX + 0.5) % 1;
      share = (shift - 0.5) * (shift - 0.5) + (inY - 0.5) * (inY - 0.5) < 0.06 ? 1 : 0;
    } else if (style === 2) share = inY < 0.35 ? 1 : inY > 0.6 && inY < 0.68 ? 0.6 : 0;
    else share = smoothStep(0.52, 0.56, fractalNoise2(x * 0.8, y * 0.8, seed));
    // From afar only the mean is seen.
    const detail = 1 - smoothStep(0.3 * size, 0.8 * size, footprint);
    share = share * detail + 0.35 * (1 - detail);
    const weave = 1 + 0.25 * (noise2(u * 230, v * 230, seed) - 0.5) * (1 - smoothStep(0.003, 0.009, footprint));
    for (let channel = 0; channel < 3; channel++) {
      out[channel] = (ground[channel]! + (second[channel]! - ground[channel]!) * share) * weave;
    }
  };
}

/** A package as in shops: printed front and back, a band and lettering on the other sides. */
export function packaging(seed: number): Texture {
  const print = poster(seed);
  const ground = vivid(hash(seed, 31));
  const second = vivid(hash(seed, 32));
  return (point, out) => {
    if (point.face === 2 || point.face === 3) return print(point, out);
    const y = point.v / (point.halfV || 1);
    const banded = y > 0.2 && y < 0.75;
    const letters = banded && hashUnit(Math.floor(point.u / 0.012), Math.floor(y * 5), 3, seed) > 0.55;
    const color = banded ? second : ground;
    for (let channel = 0; channel < 3; channel++)
      out[channel] = letters ? 0.8 - 0.6 * second[channel]! : color[channel]!;
  };
}

/** What use leaves on any surface: stains as large as hands and rooms, and a fine grain. */
export function worn(texture: Texture, seed: number, amount: number): Texture {
  return (point, out) => {
    texture(point, out);
    const { u, v, face, footprint } = point;
    const stains = fractalNoise2(u * 0.9 + face * 13, v * 0.9, seed) - 0.5;
    const spots = smoothStep(0.6, 0.9, noise2(u * 3.6 + 5 * stains, v * 4.1 + face * 5, seed + 3));
    const grain = (noise2(u * 170, v * 170, seed + 4) - 0.5) * (1 - smoothStep(0.004, 0.012, footprint));
    const shade = 1 + amount * (0.5 * stains - 0.25 * spots + 0.45 * grain);
    for (let channel = 0; channel < 3; channel++) out[channel] = out[channel]! * shade;
  };
}
