import { expect, it } from 'vitest';
import { openImageFolder } from '../open-image-folder.js';
import { seededRandom } from '../random.js';
import { fixture } from '../testing/fixtures.js';
import type { RgbImage } from '../types.js';
import { type PhotometricOptions, varyPhotometrically } from './photometric.js';

const off: PhotometricOptions = {
  probability: 1,
  exposure: 0,
  whiteBalance: 0,
  contrast: 0,
  saturation: 0,
  noise: 0,
  blur: 0,
  jpegQuality: 100,
};
const gray: RgbImage = { data: new Uint8Array(64 * 48 * 3).fill(100), width: 64, height: 48, channels: 3 };
const vary = (options: PhotometricOptions, seed = 1, image = gray) =>
  varyPhotometrically(image, { ...off, ...options }, seededRandom(seed));
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

it('follows from its random numbers alone, changes nothing that is off, and not the image given', async () => {
  expect(await vary({})).toEqual(gray);
  expect(await vary({ probability: 0, noise: 10 })).toEqual(gray);
  const all = {
    exposure: 1,
    whiteBalance: 0.4,
    contrast: 0.3,
    saturation: 0.5,
    noise: 10,
    blur: 0.05,
    jpegQuality: 40,
  };
  const [one, again, other] = [await vary(all, 1), await vary(all, 1), await vary(all, 2)];
  expect(again).toEqual(one);
  expect(other!.data).not.toEqual(one!.data);
  expect(one).toMatchObject({ width: 64, height: 48, channels: 3 });
  expect(one!.data).toHaveLength(gray.data.length);
  expect(gray.data.every((value) => value === 100)).toBe(true);
});

it('changes exposure for all channels, white balance for red and blue', async () => {
  const seen = await Promise.all(Array.from({ length: 40 }, (_, seed) => vary({ exposure: 1 }, seed)));
  const values = seen.map(({ data: [red, green, blue] }) => [red, green, blue] as number[]);
  for (const [red, green, blue] of values) expect([red, blue]).toEqual([green, green]);
  const greens = values.map(([, green]) => green!);
  // A stop is 2 ** (1 / 2.2): from 73 to 137.
  expect([
    Math.min(...greens) >= 72,
    Math.min(...greens) < 80,
    Math.max(...greens) > 128,
    Math.max(...greens) <= 138,
  ]).toEqual([true, true, true, true]);
  const { data } = await vary({ whiteBalance: 2 }, 4);
  expect([data[1], data[0] === 100, data[0] === data[2]]).toEqual([100, false, false]);
});

it('changes contrast about the mean of the image, saturation about that of the pixel', async () => {
  const halves = { ...gray, data: gray.data.map((_, index) => [80, 100, 120, 180, 200, 220][index % 6]!) };
  const pixels = (image: RgbImage) => [image.data.slice(0, 3), image.data.slice(3, 6)].map((pixel) => [...pixel]);
  for (let seed = 0; seed < 10; seed++) {
    const [dark, bright] = pixels(await vary({ contrast: 0.4 }, seed, halves));
    const factor = (bright![1]! - dark![1]!) / 100;
    expect(factor).toBeGreaterThan(Math.exp(-0.41));
    expect(factor).toBeLessThan(Math.exp(0.41));
    expect(Math.abs((bright![1]! + dark![1]!) / 2 - 150)).toBeLessThanOrEqual(1);
    expect(Math.abs((dark![2]! - dark![0]!) / 40 - factor)).toBeLessThan(0.03);
    const [colored] = pixels(await vary({ saturation: 1 }, seed, halves));
    expect(colored![1]).toBe(100);
    expect(Math.abs(colored![0]! + colored![2]! - 200)).toBeLessThanOrEqual(1);
    expect(colored![2]! >= 100 && colored![2]! <= 140).toBe(true);
  }
  expect(await vary({ contrast: 0.4 }, 3, halves)).not.toEqual(halves);
});

it('adds noise of the deviation that it draws, and blurs', async () => {
  const noisy = await Promise.all(Array.from({ length: 20 }, (_, seed) => vary({ noise: 12 }, seed)));
  const deviations = noisy.map(({ data }) => Math.sqrt(mean(Array.from(data, (value) => (value - 100) ** 2))));
  expect(Math.max(...deviations)).toBeLessThan(12.5);
  expect(Math.max(...deviations)).toBeGreaterThan(9);
  expect(mean(noisy[0]!.data)).toBeCloseTo(100, 0);
  const edge = { ...gray, data: gray.data.map((_, index) => (Math.floor(index / 3) % 64 < 32 ? 0 : 255)) };
  const steps = async (blur: number) => new Set((await vary({ blur }, 3, edge)).data).size;
  expect([await steps(0), (await steps(0.2)) > 4]).toEqual([2, true]);
});

it('is a JPEG of the quality that it draws', async () => {
  const noisy = await vary({ noise: 30 }, 5);
  const compressed = await vary({ jpegQuality: 10 }, 5, noisy);
  expect(compressed.data).not.toEqual(noisy.data);
  expect(mean(compressed.data)).toBeCloseTo(mean(noisy.data), 0);
});

it.each([
  [{ probability: 2 }, 'probability must be from 0 to 1'],
  [{ jpegQuality: 0 }, 'jpegQuality must be from 1 to 100'],
  [{ noise: -1 }, 'noise must be a number from 0'],
])('rejects %o', async (options, message) => {
  await expect(vary(options)).rejects.toThrow(message);
});

it('is what a data loader does, the same with and without threads, and leaves depth alone', async () => {
  const dataset = await openImageFolder(fixture('pairs'));
  const plain = { rotation: false, flip: false, color: false } as const;
  const load = async (numWorkers: number, photometric: PhotometricOptions | false) => {
    const augmentation = { ...plain, photometric };
    const loader = dataset.loader({ batchSize: 3, numWorkers, seed: 2, augmentation });
    for await (const { frames } of loader) return frames;
    return [];
  };
  const [without, here, there] = [
    await load(0, false),
    await load(0, { probability: 1 }),
    await load(1, { probability: 1 }),
  ];
  expect(there).toEqual(here);
  for (const [index, { image, depth }] of here.entries()) {
    expect(image.data).not.toEqual(without[index]!.image.data);
    expect(depth).toEqual(without[index]!.depth);
  }
  await dataset.close();
});
