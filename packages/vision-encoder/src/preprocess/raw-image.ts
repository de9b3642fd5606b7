/**
 * Decoded pixels, 8 bits a channel, row by row from the top left, channels last: grayscale (1 channel), grayscale and alpha (2), RGB
 * (3) or RGBA (4). A `RawImage` of transformers.js is one too.
 */
export interface RawImage {
  /** `height · width · channels` values. */
  data: Uint8Array | Uint8ClampedArray;
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  channels: 1 | 2 | 3 | 4;
}

/**
 * Brings an image to three channels as PIL's `convert('RGB')` does: grayscale is repeated, alpha is dropped, whatever color lies
 * under it. An image that is RGB already is returned as it is.
 *
 * @throws if the image is empty or its data does not have the length that its size asks for.
 */
export function toRgb(image: RawImage): RawImage {
  checkImage(image);
  const { data, width, height, channels } = image;
  if (channels === 3) return image;
  const rgb = new Uint8Array(width * height * 3);
  const [green, blue] = channels === 4 ? [1, 2] : [0, 0];
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += 3) {
    rgb[to] = data[from]!;
    rgb[to + 1] = data[from + green]!;
    rgb[to + 2] = data[from + blue]!;
  }
  return { data: rgb, width, height, channels: 3 };
}

/** @throws if the image is not what its type promises. */
export function checkImage(image: RawImage): void {
  if (typeof image !== 'object' || image === null) {
    throw new Error(`An image should be an object { data, width, height, channels }, but is ${image}.`);
  }
  const { data, width, height, channels } = image;
  if (![1, 2, 3, 4].includes(channels)) {
    throw new Error(
      `An image has ${channels} channels; it should have 1 (grayscale), 2 (grayscale and alpha), 3 (RGB) or 4 (RGBA).`,
    );
  }
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new Error(`An image is ${width}×${height} pixels; its width and height should be whole numbers from 1.`);
  }
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw new Error("An image's data should be a Uint8Array or a Uint8ClampedArray: 8 bits a channel.");
  }
  const length = width * height * channels;
  if (data.length !== length) {
    throw new Error(
      `An image of ${width}×${height} pixels and ${channels} channels has ${length} values, but its data has ${data.length}.`,
    );
  }
}
