import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { decodeImage } from './decode-image.browser.js';

// What the browser has, in Node: it decodes each content to two pixels. What the decoded values are, the browser tests look at.
let pixels: number[];
let texture: number[] | undefined;
const close = vi.fn();

beforeEach(() => {
  pixels = [9, 8, 7, 255, 6, 5, 4, 255];
  texture = undefined;
  close.mockClear();
  const canvas = {
    drawImage: () => {},
    getImageData: () => ({ data: Uint8ClampedArray.from(pixels) }),
  };
  const gl = new Proxy({} as Record<string, unknown>, {
    get: (_, name) => {
      if (name === 'MAX_TEXTURE_SIZE' || name === 'NO_ERROR') return 0;
      if (name === 'getParameter') return () => 2048;
      if (name === 'getError') return () => 0;
      if (name === 'readPixels') return (...parameters: unknown[]) => (parameters.at(-1) as Uint8Array).set(texture!);
      return () => null;
    },
  });
  vi.stubGlobal('createImageBitmap', async (content: Blob) => {
    if (content.size === 0) throw new Error('The source image could not be decoded.');
    return { width: 2, height: 1, close };
  });
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext(kind: string) {
        return kind === '2d' ? canvas : texture && gl;
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

const content = Uint8Array.of(1);

it('takes the exact colors of a transparent image from a texture, and those of the canvas without WebGL 2', async () => {
  texture = [1, 2, 3, 0, 4, 5, 6, 255];
  expect(Array.from((await decodeImage(content)).data)).toEqual(pixels);
  pixels = [0, 0, 0, 0, 4, 5, 6, 255];
  expect(Array.from((await decodeImage(content)).data)).toEqual(texture);
  texture = undefined;
  const image = await decodeImage(new Blob([content]));
  expect(image).toEqual({ data: Uint8ClampedArray.from(pixels), width: 2, height: 1, channels: 4 });
  expect(close).toHaveBeenCalledTimes(3);
});

it('says what the server answered, and what cannot be decoded', async () => {
  vi.stubGlobal('fetch', async () => new Response('', { status: 404, statusText: 'Not Found' }));
  await expect(decodeImage('room.jpg')).rejects.toThrow('Cannot decode room.jpg: the server answered 404 Not Found');
  vi.stubGlobal('fetch', async () => new Response('x'));
  expect(await decodeImage('room.jpg')).toMatchObject({ width: 2 });
  await expect(decodeImage(new Uint8Array())).rejects.toThrow('Cannot decode the image: The source image could not');
});

it('frees the image where there is no canvas', async () => {
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext() {
        return null;
      }
    },
  );
  await expect(decodeImage(content)).rejects.toThrow('Cannot decode the image: this browser offers no 2D canvas');
  expect(close).toHaveBeenCalledOnce();
});
