/**
 * Decoded pixels, 8 bits per channel, row by row from the top left, channels last: grayscale (1 channel), grayscale and alpha (2), RGB
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
 * Converts an image to three channels as PIL's `convert('RGB')` does: grayscale is repeated, alpha is dropped. An image that is RGB already is returned as it is.
 *
 * @throws if the image is malformed.
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

/** @throws if an image is malformed. */
export function checkImage(image: RawImage): void {
  if (typeof image !== 'object' || image === null) {
    throw new Error(`Expected an image { data, width, height, channels }, got ${image}.`);
  }
  const { data, width, height, channels } = image;
  if (![1, 2, 3, 4].includes(channels)) {
    throw new Error(
      `An image must have 1 (grayscale), 2 (grayscale and alpha), 3 (RGB) or 4 (RGBA) channels, got ${channels}.`,
    );
  }
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new Error(`The width and height of an image must be positive integers, got ${width}×${height}.`);
  }
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw new Error("An image's data must be a Uint8Array or a Uint8ClampedArray: 8 bits per channel.");
  }
  const length = width * height * channels;
  if (data.length !== length) {
    throw new Error(
      `The data of an image of ${width}×${height} pixels and ${channels} channels must have ${length} values, got ${data.length}.`,
    );
  }
}
