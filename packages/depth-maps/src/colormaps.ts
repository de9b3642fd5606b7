export type ColormapName = 'turbo' | 'viridis' | 'magma' | 'gray';

/** Matplotlib's maps of these names at 24 equally spaced places, red, green and blue in hexadecimal. */
const CONTROL_POINTS: Record<ColormapName, string> = {
  turbo:
    '30123b 3c3386 4451bf 476fe7 458bfd 37a7fa 24c1e6 18d8c9 20e9ad 3ef68b 69fd66 92ff47 b1f936 ceec34 e6d938 f6c23a fea833 fd8825 f56717 e74a0c d53306 bc2002 9e1001 7a0403',
  viridis:
    '440154 471164 482072 472e7c 433c84 3f4989 39558c 34608d 2f6b8e 2b768e 26808e 228b8d 1f958b 1fa088 24aa83 30b47c 41be72 57c766 6fcf58 8ad647 a7db34 c5e022 e2e418 fde725',
  magma:
    '000004 060518 110c30 1f114a 301164 430f75 55147d 661b80 772281 892881 9b2e7f ad347c bf3a76 d1416f e14c67 ed5a5f f66d5c fb825f fd9768 feac75 fec085 fed497 fde9aa fcfdbf',
  gray: '000000 ffffff',
};

/** Each map as a table of 256 colors, RGB interleaved (768 bytes). */
export const colormaps = Object.fromEntries(
  Object.entries(CONTROL_POINTS).map(([name, points]) => [name, table(points)]),
) as Record<ColormapName, Uint8Array<ArrayBuffer>>;

function table(controlPoints: string): Uint8Array<ArrayBuffer> {
  const points = controlPoints
    .split(' ')
    .map((color) => [0, 2, 4].map((at) => Number.parseInt(color.slice(at, at + 2), 16)));
  return Uint8Array.from({ length: 768 }, (_, index) => {
    const place = (Math.floor(index / 3) / 255) * (points.length - 1);
    const before = Math.min(Math.floor(place), points.length - 2);
    const [from, to] = [points[before]![index % 3]!, points[before + 1]![index % 3]!];
    return Math.round(from + (to - from) * (place - before));
  });
}
