/** Linear red, green, blue; 0 to 1 for what reflects light. */
export type Color = readonly [number, number, number];

/** A color as designers write it, from 0 to 255 in sRGB, as linear light. Squaring stands for sRGB's curve; no eye sees the difference here. */
export function rgb(red: number, green: number, blue: number): Color {
  return [(red / 255) * (red / 255), (green / 255) * (green / 255), (blue / 255) * (blue / 255)];
}

/** Colors in CSS's notation, `#rrggbb`, as linear light. */
export function palette(...colors: string[]): Color[] {
  return colors.map((color) => {
    const value = Number.parseInt(color.slice(1), 16);
    return rgb(value >> 16, (value >> 8) & 255, value & 255);
  });
}

export function scaled(color: Color, factor: number): Color {
  return [color[0] * factor, color[1] * factor, color[2] * factor];
}

export function blend(a: Color, b: Color, share: number): Color {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

/** Linear light as an sRGB value from 0 to 1. Three square roots fit sRGB's curve to about 0.005 (its exact power is not the same on every machine). */
export function encodeSrgb(linear: number): number {
  if (linear <= 0.0031308) return 12.92 * Math.max(linear, 0);
  const root = Math.sqrt(linear);
  const fourth = Math.sqrt(root);
  const eighth = Math.sqrt(fourth);
  return 0.585122381 * root + 0.783140355 * fourth - 0.368262736 * eighth;
}
