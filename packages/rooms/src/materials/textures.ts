import { clamp, fractalNoise2, hash, hashUnit, noise2, sine, smoothStep } from '../numeric.js';
import { blend, type Color, rgb, scaled } from './color.js';
import type { Texture } from './material.js';

/** One color, a little uneven as painted and molded things are. */
export function plain(color: Color, seed = 0, unevenness = 0.03): Texture {
  return ({ u, v, face }, out) => {
    const shade = 1 + unevenness * (2 * fractalNoise2(u * 3 + face * 7, v * 3, seed) - 1);
    paint(out, color, shade);
  };
}

/** Grain that runs along the longer side of each face. */
export function wood(light: Color, dark: Color, seed: number): Texture {
  return ({ u, v, halfU, halfV, face, footprint }, out) => {
    const along = halfU >= halfV ? u : v;
    const across = halfU >= halfV ? v : u;
    grain(out, light, dark, along, across + face * 3.1, seed, footprint);
  };
}

/** Floor boards with gaps, each of its own tint. */
export function planks(light: Color, dark: Color, seed: number, width = 0.11): Texture {
  return ({ u, v, footprint }, out) => {
    const row = Math.floor(u / width);
    const shift = v + hashUnit(row, 1, 0, seed) * 1.3;
    const board = Math.floor(shift / 1.3);
    grain(out, light, dark, v + 10 * hashUnit(row, board, 2, seed), u, hash(row, board, 3, seed), footprint);
    const tint = 0.82 + 0.36 * hashUnit(row, board, 4, seed);
    shadeBy(out, tint * (1 - 0.65 * joint(u / width - row, width, shift / 1.3 - board, 1.3, 0.002, footprint)));
  };
}

/** Tiles with grout; `other` makes a checkerboard. */
export function tiles(color: Color, grout: Color, size: number, seed: number, other?: Color): Texture {
  return ({ u, v, footprint }, out) => {
    const column = Math.floor(u / size);
    const row = Math.floor(v / size);
    const base = other && ((column + row) & 1) === 1 ? other : color;
    const cloud = fractalNoise2((u / size) * 2 + row * 5, (v / size) * 2 + column * 3, seed);
    paint(out, base, 0.92 + 0.1 * hashUnit(column, row, 0, seed) + 0.08 * (cloud - 0.5));
    over(out, grout, joint(u / size - column, size, v / size - row, size, 0.004, footprint));
  };
}

/** Bricks in running bond. */
export function bricks(color: Color, mortar: Color, seed: number): Texture {
  return ({ u, v, footprint }, out) => {
    const row = Math.floor(v / 0.075);
    const shift = u + (row & 1) * 0.11;
    const column = Math.floor(shift / 0.22);
    paint(out, color, 0.7 + 0.5 * hashUnit(column, row, 0, seed) + 0.2 * (noise2(u * 60, v * 60, seed) - 0.5));
    over(out, mortar, joint(v / 0.075 - row, 0.075, shift / 0.22 - column, 0.22, 0.01, footprint));
  };
}

/** Short pile: fine speckles and worn patches. */
export function carpet(color: Color, seed: number, fleck: Color = scaled(color, 0.6)): Texture {
  return ({ u, v, footprint }, out) => {
    const detail = fade(0.01, footprint);
    const fine = noise2(u * 130, v * 130, seed) * 0.6 + noise2(u * 300, v * 300, seed + 1) * 0.4;
    paint(out, color, 0.93 + 0.16 * fractalNoise2(u * 1.7, v * 1.7, seed + 2) - 0.02);
    over(out, fleck, clamp((fine - 0.5) * 1.6, 0, 1) * detail + 0.15 * (1 - detail));
  };
}

/** Woven cloth, plain or with stripes of a second color. */
export function fabric(color: Color, seed: number, stripe?: Color, stripeWidth = 0.06): Texture {
  return ({ u, v, face, footprint }, out) => {
    const detail = fade(0.006, footprint);
    const weave = (sine(u * 900) * sine(v * 900) * 0.1 + 0.16 * (noise2(u * 220, v * 220, seed) - 0.5)) * detail;
    const worn = 0.1 * (fractalNoise2(u * 4 + face * 9, v * 4, seed + 1) - 0.5);
    paint(out, color, 1 + weave + worn);
    if (stripe) over(out, stripe, fraction(u / stripeWidth) < 0.4 ? 1 : 0);
  };
}

/** Wide stripes or small motifs on paper. */
export function wallpaper(color: Color, second: Color, seed: number): Texture {
  const striped = (hash(seed) & 1) === 0;
  return ({ u, v, footprint }, out) => {
    paint(out, color, 0.98 + 0.04 * noise2(u * 2, v * 2, seed));
    if (striped) {
      const detail = fade(0.15, footprint);
      return over(out, second, (fraction(u / 0.18) < 0.5 ? 1 : 0) * 0.8 * detail + 0.4 * (1 - detail));
    }
    const row = Math.floor(v / 0.16);
    const shift = u / 0.16 + (row & 1) * 0.5;
    const x = fraction(shift) - 0.5;
    const y = v / 0.16 - row - 0.5;
    const petals = x * x + y * y + 0.06 * sine(14 * x) * sine(14 * y);
    over(out, second, (1 - smoothStep(0.045, 0.06, petals)) * fade(0.1, footprint));
  };
}

/** Veins and clouds. */
export function marble(color: Color, vein: Color, seed: number): Texture {
  return ({ u, v, face }, out) => {
    const warp = fractalNoise2(u * 3 + face * 5, v * 3, seed);
    const ridge = 1 - Math.abs(2 * fractalNoise2(u * 2 + warp * 1.5, v * 2 + warp, seed + 9) - 1);
    paint(out, color, 0.95 + 0.1 * warp);
    over(out, vein, 0.7 * smoothStep(0.88, 0.99, ridge));
  };
}

/** Coarse speckles of two colors, as of granite or terrazzo. */
export function granite(color: Color, fleck: Color, seed: number): Texture {
  return ({ u, v, face, footprint }, out) => {
    const fine = noise2(u * 90 + face * 31, v * 90, seed) * 0.5 + noise2(u * 210, v * 210, seed + 1) * 0.5;
    paint(out, color, 0.9 + 0.2 * noise2(u * 25, v * 25, seed + 2));
    over(out, fleck, smoothStep(0.5, 0.75, fine) * fade(0.012, footprint) + 0.2 * (1 - fade(0.012, footprint)));
  };
}

/** Stained, unpainted concrete or plaster. */
export function concrete(color: Color, seed: number): Texture {
  return ({ u, v, face, footprint }, out) => {
    const stain = fractalNoise2(u * 1.3 + face * 11, v * 1.3, seed);
    const pores = smoothStep(0.75, 0.85, noise2(u * 70, v * 70, seed + 4)) * fade(0.015, footprint);
    paint(out, color, 0.75 + 0.45 * stain - 0.15 * pores);
  };
}

/** Mineral-fibre panels in a metal grid, for office ceilings. */
export function ceilingPanels(color: Color, seed: number, size = 0.6): Texture {
  return ({ u, v, footprint }, out) => {
    const column = Math.floor(u / size);
    const row = Math.floor(v / size);
    const pores = smoothStep(0.66, 0.8, noise2(u * 110, v * 110, seed)) * fade(0.01, footprint);
    paint(out, color, 0.97 + 0.05 * hashUnit(column, row, 0, seed) - 0.25 * pores);
    over(out, scaled(color, 0.72), joint(u / size - column, size, v / size - row, size, 0.02, footprint));
  };
}

/** Doors or drawers: a front divided into columns and rows, each with a frame. */
export function fronts(base: Texture, columns: number, rows: number, style: 'flat' | 'framed' = 'framed'): Texture {
  return (point, out) => {
    base(point, out);
    if (point.face !== 2) return;
    const width = (2 * point.halfU) / columns;
    const height = (2 * point.halfV) / rows;
    const x = (point.u + point.halfU) / width;
    const y = (point.v + point.halfV) / height;
    const fromSide = Math.min(fraction(x), 1 - fraction(x)) * width;
    const fromEnd = Math.min(fraction(y), 1 - fraction(y)) * height;
    const edge = Math.min(fromSide, fromEnd);
    const blur = point.footprint * 0.5;
    let shade = 1 - 0.75 * (1 - smoothStep(0.002, 0.004 + blur, edge));
    if (style === 'framed' && width > 0.16 && height > 0.16) {
      const inset = Math.abs(edge - 0.055);
      shade *= 1 - 0.3 * (1 - smoothStep(0.004, 0.009 + blur, inset)) * fade(0.03, point.footprint);
      if (edge > 0.055) shade *= 0.95;
    }
    shadeBy(out, shade);
  };
}

/** A rug: a border, a field, and a motif that repeats. */
export function rug(field: Color, border: Color, motif: Color, seed: number): Texture {
  const style = hash(seed, 3) % 3;
  return ({ u, v, halfU, halfV, face, footprint }, out) => {
    const pile = 0.9 + 0.2 * noise2(u * 120, v * 120, seed) * fade(0.01, footprint);
    paint(out, field, 1);
    const fromEdge = Math.min(halfU - Math.abs(u), halfV - Math.abs(v));
    if (face === 1 && fromEdge > 0.2) {
      const x = fraction(u / 0.24) - 0.5;
      const y = fraction(v / 0.24) - 0.5;
      const diamond = Math.abs(x) + Math.abs(y);
      const shown =
        style === 0
          ? Math.abs(diamond - 0.36) < 0.09 || diamond < 0.1
          : style === 1
            ? Math.abs(u + v - 0.3 * Math.floor((u + v) / 0.3)) < 0.1
            : x * x + y * y < 0.07 && x * x + y * y > 0.025;
      if (shown) over(out, motif, 0.85);
    } else if (fromEdge < 0.14 && fromEdge > 0.04) over(out, border, 1);
    else if (fromEdge <= 0.02) over(out, motif, 0.7);
    shadeBy(out, pile);
  };
}

/** A framed picture's content: a landscape, blocks of color, or a still life of round shapes. */
export function painting(seed: number): Texture {
  const style = hash(seed, 5) % 4;
  const hue = (index: number): Color => vivid(hash(seed, index, 9));
  const [a, b, c, d] = [hue(1), hue(2), hue(3), hue(4)];
  const horizon = -0.2 + 0.4 * hashUnit(seed, 6);
  return ({ u, v, halfU, halfV, face }, out) => {
    if (face !== 2) return paint(out, rgb(60, 50, 40), 1);
    const x = u / halfU;
    const y = v / halfV;
    const stroke = 0.85 + 0.3 * noise2(x * 30, y * 30, seed);
    if (style === 0) {
      const hill = horizon + 0.35 * (fractalNoise2(x * 1.5 + 3, 0.5, seed) - 0.3);
      const mountain = horizon + 0.6 * (fractalNoise2(x * 2 - 5, 2.5, seed) - 0.25);
      if (y < hill) paint(out, blend(rgb(50, 90, 40), a, 0.3), 0.7 + 0.5 * noise2(x * 9, y * 18, seed + 2));
      else if (y < mountain) paint(out, blend(rgb(90, 100, 130), b, 0.25), 0.9);
      else paint(out, blend(rgb(230, 220, 190), rgb(110, 160, 220), clamp((y - horizon) * 0.8, 0, 1)), 1);
    } else if (style === 1) {
      const column = Math.floor((x + 1) * 1.5 + 0.6 * hashUnit(Math.floor((y + 1) * 2), 4, 1, seed));
      const row = Math.floor((y + 1) * 2);
      paint(out, [a, b, c, d, rgb(235, 230, 215)][hash(column, row, 2, seed) % 5]!, 1);
    } else if (style === 2) {
      paint(out, blend(rgb(225, 215, 195), d, 0.2), y < -0.35 ? 0.6 : 1);
      for (let index = 0; index < 5; index++) {
        const cx = -0.7 + 1.4 * hashUnit(index, 1, 0, seed);
        const cy = -0.5 + 0.7 * hashUnit(index, 2, 0, seed);
        const r = 0.15 + 0.25 * hashUnit(index, 3, 0, seed);
        const inside = ((x - cx) * (x - cx) + (y - cy) * (y - cy)) / (r * r);
        if (inside < 1) paint(out, [a, b, c][index % 3]!, 1.2 - 0.6 * inside + 0.3 * (y - cy));
      }
    } else {
      const wave = fractalNoise2(x * 1.2 + 2 * fractalNoise2(x, y, seed), y * 1.2, seed + 1);
      paint(out, wave < 0.42 ? a : wave < 0.52 ? b : wave < 0.6 ? rgb(240, 235, 220) : c, 1);
    }
    shadeBy(out, stroke);
  };
}

/** A printed poster: a heading, a picture, lines of text. */
export function poster(seed: number): Texture {
  const picture = painting(hash(seed, 8));
  const ground = (hash(seed, 2) & 1) === 0 ? rgb(240, 238, 230) : vivid(hash(seed, 3));
  return (point, out) => {
    const x = point.u / point.halfU;
    const y = point.v / point.halfV;
    if (y < 0.55 && y > -0.35 && Math.abs(x) < 0.8) picture(point, out);
    else {
      paint(out, ground, 1);
      const ink = y >= 0.55 ? y > 0.65 && y < 0.85 : y > -0.9 && fraction(y / 0.11) < 0.45;
      const letters = hashUnit(Math.floor((x + 1) * 24), Math.floor(y * 9), 1, seed) < 0.75;
      if (ink && letters && Math.abs(x) < 0.75 && point.footprint < 0.02) over(out, rgb(30, 30, 35), 0.85);
      else if (ink && Math.abs(x) < 0.75) over(out, rgb(30, 30, 35), 0.4);
    }
  };
}

/** Sheets of paper pinned to cork. */
export function noticeBoard(seed: number): Texture {
  const cork = carpet(rgb(180, 135, 90), seed, rgb(120, 80, 50));
  return (point, out) => {
    cork(point, out);
    const column = Math.floor(point.u / 0.26);
    const row = Math.floor(point.v / 0.33);
    if (hashUnit(column, row, 0, seed) > 0.75) return;
    const x = point.u / 0.26 - column - 0.1 * hashUnit(column, row, 1, seed);
    const y = point.v / 0.33 - row - 0.1 * hashUnit(column, row, 2, seed);
    if (x < 0.08 || x > 0.85 || y < 0.06 || y > 0.88) return;
    const sheet = hash(column, row, 3, seed) % 4;
    paint(out, [rgb(245, 243, 238), rgb(240, 235, 160), rgb(190, 220, 240), rgb(245, 243, 238)][sheet]!, 1);
    if (y < 0.78 && fraction(y / 0.05) < 0.4 && x > 0.16 && x < 0.75) over(out, rgb(70, 70, 80), 0.6);
  };
}

/** Handwriting and diagrams in a few colors on a white or dark board. */
export function writingBoard(ground: Color, inks: readonly Color[], seed: number): Texture {
  return ({ u, v, face, halfU, halfV, footprint }, out) => {
    paint(out, ground, 0.94 + 0.1 * fractalNoise2(u * 1.5, v * 2.5, seed));
    if (face !== 2 || Math.abs(u) > halfU - 0.12 || Math.abs(v) > halfV - 0.1) return;
    const row = Math.floor(v / 0.11);
    const block = Math.floor(u / 0.7);
    if (hashUnit(block, row >> 1, 7, seed) > 0.62) return;
    const y = v / 0.11 - row - 0.5;
    const end = 0.35 + 0.6 * hashUnit(block, row, 8, seed);
    const x = u / 0.7 - block;
    if (x > end || x < 0.04) return;
    const script =
      0.34 * (noise2(u * 55, row * 13.7, seed) - 0.5) + 0.18 * sine(u * 150 + 9 * noise2(u * 7, row, seed));
    const stroke = 1 - smoothStep(0.05, 0.1 + footprint * 9, Math.abs(y - script));
    const word = noise2(u * 9, row * 3.3, seed + 3) > 0.3 ? 1 : 0;
    over(out, inks[hash(block, row >> 2, 5, seed) % inks.length]!, stroke * word * 0.9);
  };
}

/** A computer's or television's picture. */
export function screen(seed: number): Texture {
  const style = hash(seed, 1) % 3;
  const picture = painting(hash(seed, 12));
  return (point, out) => {
    const x = point.u / point.halfU;
    const y = point.v / point.halfV;
    if (style === 2) return picture(point, out);
    paint(out, style === 0 ? rgb(70, 110, 170) : rgb(35, 40, 48), 1 - 0.3 * y);
    const windowed = x > -0.85 && x < 0.55 && y > -0.7 && y < 0.8;
    if (windowed) {
      paint(out, style === 0 ? rgb(238, 240, 243) : rgb(24, 26, 32), 1);
      if (y > 0.68) paint(out, rgb(150, 160, 180), 1);
      else {
        const row = Math.floor(y / 0.07);
        const length = -0.75 + 1.2 * hashUnit(row, 1, 0, seed);
        if (y / 0.07 - row < 0.5 && x > -0.78 && x < length) {
          over(out, style === 0 ? rgb(60, 60, 70) : vivid(hash(row >> 1, 2, 0, seed)), 0.8);
        }
      }
    } else if (y < -0.88) paint(out, rgb(30, 34, 44), 1);
  };
}

/** What is outside a window by day: sky, trees, a wall opposite. At night nearly black, with a few lit windows. */
export function outside(seed: number, night: boolean): Texture {
  const built = (hash(seed, 4) & 1) === 0;
  return ({ u, v, halfV }, out) => {
    const height = v / halfV;
    if (night) {
      paint(out, rgb(18, 22, 38), 1 + 0.3 * height);
      const column = Math.floor(u / 0.12);
      const row = Math.floor(v / 0.15);
      if (height < 0.1 && hashUnit(column, row, 3, seed) < 0.12) over(out, rgb(255, 210, 130), 0.5);
      return;
    }
    paint(out, blend(rgb(238, 243, 250), rgb(170, 205, 245), clamp(0.5 + 0.5 * height, 0, 1)), 1);
    over(out, rgb(255, 255, 255), 0.7 * smoothStep(0.5, 0.7, fractalNoise2(u * 1.2, v * 3, seed)));
    const skyline = -0.25 + 0.7 * (fractalNoise2(u * 2.2 + 9, 0.5, seed + 1) - 0.4);
    if (built && height < skyline + 0.35 && noise2(u * 0.8, 3.5, seed) > 0.45) {
      paint(out, rgb(190, 175, 160), 0.9);
      const column = fraction(u / 0.16);
      const row = fraction(v / 0.2);
      if (column > 0.3 && column < 0.75 && row > 0.25 && row < 0.8) over(out, rgb(90, 110, 130), 0.8);
    }
    if (height < skyline) {
      paint(out, rgb(95, 125, 70), 0.45 + 0.9 * fractalNoise2(u * 14, v * 14, seed + 2));
    }
  };
}

/** Horizontal slats before a bright window. */
export function blinds(color: Color): Texture {
  return ({ v, footprint }, out) => {
    const slat = fraction(v / 0.045);
    const detail = fade(0.03, footprint);
    paint(out, color, 0.8 + (0.45 + 0.7 * slat - 0.8) * detail);
  };
}

/** Leaves: patches of lighter and darker green. */
export function foliage(color: Color, seed: number): Texture {
  return ({ u, v, face }, out) => {
    const leaf = fractalNoise2(u * 28 + face * 5, v * 28, seed);
    paint(out, color, 0.4 + 1.3 * smoothStep(0.3, 0.75, leaf));
  };
}

/** Keys in rows. */
export function keyboard(ground: Color, key: Color): Texture {
  return ({ u, v, face, footprint }, out) => {
    const x = fraction(u / 0.019);
    const y = fraction(v / 0.019);
    paint(out, ground, 1);
    if (face === 1) over(out, key, footprint > 0.008 ? 0.6 : x > 0.12 && y > 0.12 ? 1 : 0);
  };
}

/** Goods on a shelf, spines of books seen from far: upright strips of many colors. */
export function spines(seed: number, width = 0.035): Texture {
  return ({ u, v, halfV, face }, out) => {
    if (face !== 2) return paint(out, rgb(225, 215, 195), 1);
    const index = Math.floor(u / width);
    const inside = u / width - index;
    paint(out, vivid(hash(index, 1, 0, seed)), inside < 0.1 ? 0.4 : 0.9);
    const y = v / halfV;
    if (Math.abs(y - 0.5) < 0.07 && inside > 0.25 && inside < 0.8) over(out, rgb(235, 220, 170), 0.6);
    if (y < -0.55 && y > -0.7) over(out, rgb(240, 235, 220), 0.4);
  };
}

/** A clock's face: hour marks and two hands. */
export function clockFace(seed: number): Texture {
  const [hx, hy] = [sine(hashUnit(seed) * 6), sine(hashUnit(seed) * 6 + 1.57)];
  return ({ u, v, halfU }, out) => {
    const x = u / halfU;
    const y = v / halfU;
    const radius = Math.sqrt(x * x + y * y);
    paint(out, radius > 0.9 ? rgb(40, 40, 45) : rgb(245, 245, 240), 1);
    const along = x * hx + y * hy;
    if (along > 0 && along < 0.5 && Math.abs(x * hy - y * hx) < 0.05) paint(out, rgb(30, 30, 30), 1);
    if (y > 0 && y < 0.72 && Math.abs(x) < 0.04) paint(out, rgb(30, 30, 30), 1);
    if (radius > 0.74 && radius < 0.86 && Math.min(Math.abs(x), Math.abs(y)) < 0.05) paint(out, rgb(30, 30, 30), 1);
  };
}

const VIVID = [
  ...[0x962826, 0x264678, 0x2d5f46, 0xbe9646, 0x46325a, 0xc8c3b4],
  ...[0x694128, 0x1e222a, 0xaf5f32, 0x5a8296, 0x8c965a, 0xb97878],
];

/** Saturated but not glaring, from a hash. */
export function vivid(value: number): Color {
  const shade = 0.85 + 0.3 * hashUnit(value, 77);
  const color = VIVID[value % VIVID.length]!;
  return rgb((color >> 16) * shade, ((color >> 8) & 255) * shade, (color & 255) * shade);
}

function grain(
  out: Float64Array,
  light: Color,
  dark: Color,
  along: number,
  across: number,
  seed: number,
  footprint: number,
): void {
  const wander = noise2(along * 1.1, across * 3, seed);
  const rings = noise2(along * 0.9, across * 22 + 4 * wander, seed + 1);
  const fibres = (noise2(along * 6, across * 260, seed + 2) - 0.5) * fade(0.006, footprint);
  const share = clamp(0.15 + 0.75 * smoothStep(0.3, 0.8, rings) * fade(0.04, footprint) + 0.4 * fibres, 0, 1);
  paint(out, light, 1);
  over(out, dark, share);
}

/** 1 on a line of `width` metres at both ends of a cell of `cell` metres, given the position within it from 0 to 1; wider and fainter from afar. */
function line(position: number, cell: number, width: number, footprint: number): number {
  const fromLine = Math.min(position, 1 - position) * cell;
  const half = Math.max(width, footprint) / 2;
  const strength = width / (2 * half);
  return fromLine < half ? strength : 0;
}

/** 1 on the joints around a cell, given the position within it and its size in both directions, as for {@link line}. */
function joint(x: number, cellX: number, y: number, cellY: number, width: number, footprint: number): number {
  return Math.min(1, line(x, cellX, width, footprint) + line(y, cellY, width, footprint));
}

/** How much of a detail of the given size can be seen: 1 near, 0 when a pixel covers it. */
function fade(size: number, footprint: number): number {
  return 1 - smoothStep(0.5 * size, 1.5 * size, footprint);
}

function fraction(x: number): number {
  return x - Math.floor(x);
}

function paint(out: Float64Array, color: Color, shade: number): void {
  out[0] = color[0] * shade;
  out[1] = color[1] * shade;
  out[2] = color[2] * shade;
}

function shadeBy(out: Float64Array, shade: number): void {
  out[0]! *= shade;
  out[1]! *= shade;
  out[2]! *= shade;
}

function over(out: Float64Array, color: Color, share: number): void {
  out[0] = out[0]! + (color[0] - out[0]!) * share;
  out[1] = out[1]! + (color[1] - out[1]!) * share;
  out[2] = out[2]! + (color[2] - out[2]!) * share;
}
