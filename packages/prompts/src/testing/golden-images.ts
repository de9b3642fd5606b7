import type { RawImage } from '../statistics.js';

export interface GoldenImage {
  name: string;
  description: string;
  image: RawImage;
}

/** Ten images, made by code, that between them have every channel count, every edge case of the statistics and every class. */
export function goldenImages(): GoldenImage[] {
  const random = seededRandom(42);
  const golden = (name: string, description: string, image: RawImage) => ({ name, description, image });
  return [
    golden(
      'Constant gray',
      'every pixel 128',
      paint(32, 24, 1, () => [128]),
    ),
    golden(
      'Black',
      'every pixel 0, 0, 0',
      paint(32, 24, 3, () => [0, 0, 0]),
    ),
    golden(
      'White',
      'every pixel 255, 255, 255',
      paint(32, 24, 3, () => [255, 255, 255]),
    ),
    golden(
      'One pixel',
      'a pale yellow, 250, 220, 120',
      paint(1, 1, 3, () => [250, 220, 120]),
    ),
    golden(
      'Gradient',
      'from black at the left to white at the right',
      paint(256, 4, 1, (x) => [x]),
    ),
    golden(
      'Checkerboard',
      'equally many fields of 40 and of 220',
      paint(16, 16, 1, (x, y) => [(x + y) % 2 === 0 ? 40 : 220]),
    ),
    golden(
      'Noise',
      'red, green and blue at random from 100 to 219',
      paint(31, 17, 3, () => [noise(), noise(), noise()]),
    ),
    golden(
      'Gray with alpha',
      'gray from 180 at the top to 220 at the bottom; alpha from 255 at the left to 5 at the right',
      paint(11, 41, 2, (x, y) => [180 + y, 255 - 25 * x]),
    ),
    golden(
      'Overexposed wall, with alpha',
      'a white wall, 245, 250, 252, over a floor of 130, 110, 90 in the lowest fifth; alpha 0 everywhere',
      paint(40, 30, 4, (_, y) => (y < 24 ? [245, 250, 252, 0] : [130, 110, 90, 0])),
    ),
    golden(
      'Dark room with a lamp',
      'walls that darken towards the back, a warm lamp blown out to white, a black border',
      paint(64, 48, 3, darkRoom),
    ),
  ];

  function noise(): number {
    return 100 + Math.floor(random() * 120);
  }
}

function darkRoom(x: number, y: number): number[] {
  if (x < 1 || y < 1 || x > 62 || y > 46) return [0, 0, 0];
  const lamp = (x - 48) ** 2 + (y - 12) ** 2;
  if (lamp < 9) return [255, 255, 240];
  const distanceFromBack = Math.max(Math.abs(x - 32) / 32, Math.abs(y - 24) / 24);
  const wall = 24 + 40 * distanceFromBack + 90 / (1 + lamp / 36);
  return [wall, 0.85 * wall, 0.7 * wall].map(Math.round);
}

function paint(
  width: number,
  height: number,
  channels: RawImage['channels'],
  color: (x: number, y: number) => number[],
): RawImage {
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(color(x, y), (y * width + x) * channels);
  }
  return { data, width, height, channels };
}

/** Numbers from 0 to 1 that follow from the seed on every machine (a linear congruential generator, modulus 2^32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
