import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { decodeImage } from './decode-image.js';
import { toRgb } from './raw-image.js';
import { fixture } from './testing/goldens.js';

it('reads a path, a file URL and the content of a file', async () => {
  const url = fixture('chelsea-5x3.png');
  const content = await readFile(url);
  const expected = await decodeImage(url);
  expect(expected).toMatchObject({ width: 5, height: 3, channels: 3 });
  const arrayBuffer = new Uint8Array(content).buffer;
  for (const source of [fileURLToPath(url), content, new Uint8Array(content), arrayBuffer, new Blob([arrayBuffer])]) {
    expect(await decodeImage(source)).toEqual(expected);
  }
});

it.each([
  ['orientation-1', 63, 46],
  ['orientation-3', 63, 46],
  ['orientation-6', 46, 63],
])('turns an image as its EXIF says: %s', async (name, width, height) => {
  expect(await decodeImage(fixture(`astronaut-${name}.jpg`))).toMatchObject({ width, height });
});

it('keeps colors under transparent pixels', async () => {
  const withAlpha = await decodeImage(fixture('astronaut-alpha-131x117.png'));
  expect(withAlpha.channels).toBe(4);
  expect(withAlpha.data[3]).toBe(0);
  const opaque = await decodeImage(fixture('astronaut-palette-131x117.png'));
  // The palette moves colors a little; black under transparency would be far away.
  expect(meanDifference(toRgb(withAlpha).data, opaque.data)).toBeLessThan(8);
});

describe('refuses', () => {
  it('a missing file by name', async () => {
    await expect(decodeImage('/no/such.jpg')).rejects.toThrow('Cannot decode /no/such.jpg: Input file is missing');
  });

  it('to go on without sharp, and says how to install it', async () => {
    vi.doMock('sharp', () => {
      throw new Error('no sharp');
    });
    vi.resetModules();
    const { decodeImage: withoutSharp } = await import('./decode-image.js');
    await expect(withoutSharp(new Uint8Array())).rejects.toThrow(
      'which did not load; `npm install sharp` installs it.',
    );
    vi.doUnmock('sharp');
  });

  it('content that is no image', async () => {
    await expect(decodeImage(new Uint8Array())).rejects.toThrow('Cannot decode the image: ');
    await expect(decodeImage(new TextEncoder().encode('no image at all'))).rejects.toThrow(
      /^Cannot decode the image: .*unsupported image format; expected JPEG, PNG, WebP, AVIF, GIF or TIFF$/,
    );
  });

  it.each(['coffee-333x217.jpg', 'rocket-97x401.png'])('a file that was cut off: %s', async (name) => {
    const content = await readFile(fixture(name));
    await expect(decodeImage(content.subarray(0, content.length / 2))).rejects.toThrow('Cannot decode the image: ');
  });
});

function meanDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += Math.abs(one[index]! - other[index]!);
  return sum / one.length;
}
