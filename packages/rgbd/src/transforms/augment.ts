import { type Intrinsics, resizeIntrinsics } from '@llm-mde/depth-maps';
import type { Random } from '../random.js';
import type { Frame } from '../types.js';
import { depthSizeOf, remapFrame } from './resize.js';

/** How frames are varied in training. A step that is false or 0 is left out. */
export interface AugmentOptions {
  /** Rotate by up to this many degrees either way. @default 2.5 */
  rotation?: number | false;
  /**
   * Cut out a part of the frame's shape, anywhere, and enlarge it to the frame's size, by up to this factor: the focal length grows with it.
   * @default 1, not at all
   */
  zoom?: number | false;
  /** Cut out a rectangle of this size, anywhere. BTS takes 544 by 416 of 640 by 480. @default none is cut out */
  crop?: { width: number; height: number } | false;
  /** How likely left and right are exchanged. @default 0.5 */
  flip?: number | false;
  /** How likely and how much colors change. @default { probability: 0.5, gamma: [0.9, 1.1], brightness: [0.75, 1.25], channel: [0.9, 1.1] } */
  color?: Partial<ColorOptions> | false;
}

export interface ColorOptions {
  probability: number;
  gamma: readonly [number, number];
  brightness: readonly [number, number];
  /** Of each channel separately. */
  channel: readonly [number, number];
}

const COLOR: ColorOptions = { probability: 0.5, gamma: [0.9, 1.1], brightness: [0.75, 1.25], channel: [0.9, 1.1] };

/**
 * Varies a frame as LLM-MDE's released loader and BTS do: rotation, crop, flip, color, in this order, and a zoom before the crop. The paste of depth into the
 * image that the released code does besides is left out: the paper does not mention it, and it shows the model its answer.
 *
 * @param random where the chances come from; the same numbers give the same frame. Each step takes its numbers whether or not it does anything, so
 *   leaving out a step does not change the others.
 * @returns a new frame; the given one is not changed.
 * @throws RangeError if an option is out of range, or the crop larger than the frame.
 */
export function augment(frame: Frame, options: AugmentOptions, random: Random): Frame {
  const { rotation = 2.5, zoom = false, crop = false, flip = 0.5, color = {} } = options;
  const chances = Array.from({ length: 13 }, random);
  const [turn, cropX, cropY, flipped, colored, gamma, brightness, red, green, blue, zoomed, zoomX, zoomY] =
    chances as Chances;
  let result = frame;
  if (rotation) result = rotate(result, between(turn, [-checkDegrees(rotation), rotation]));
  if (zoom) result = enlarge(result, checkZoom(zoom) ** zoomed, zoomX, zoomY);
  if (crop) result = cropFrame(result, crop, cropX, cropY);
  if (flip && flipped < checkProbability('flip', flip)) result = flipFrame(result);
  if (color) {
    const limits = { ...COLOR, ...color };
    if (colored < checkProbability('color.probability', limits.probability)) {
      result = changeColors(result, {
        gamma: between(gamma, limits.gamma),
        brightness: between(brightness, limits.brightness),
        channels: [red, green, blue].map((value) => between(value, limits.channel)) as [number, number, number],
      });
    }
  }
  return result === frame ? remapFrame(frame, range(0, frame.image.height), range(0, frame.image.width)) : result;
}

type Chances = [number, number, number, number, number, number, number, number, number, number, number, number, number];

/**
 * Rotates a frame about its middle, anticlockwise; its size stays. Colors are interpolated bilinearly, depth is taken from the nearest pixel,
 * so that no depth appears that was not measured. Corners that nothing turns into become black and invalid. The same as
 * Pillow's `rotate`, which BTS's loader uses, but for a pixel in a thousand that falls between two, where Pillow rounds coordinates.
 */
export function rotate(frame: Frame, degrees: number): Frame {
  const { width, height } = frame.image;
  const angle = (-degrees * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const middle: [number, number] = [width / 2, height / 2];
  const camera = frame.intrinsics && rotateAxis(frame.intrinsics, middle[0] - 0.5, middle[1] - 0.5, cosine, sine);
  return { ...resample(frame, cosine, sine, middle), ...(camera && { intrinsics: camera }) };
}

/** Enlarges a part of the frame to the frame's size; the part's place is given as shares of what is left around it. */
function enlarge(frame: Frame, factor: number, atX: number, atY: number): Frame {
  const { width, height } = frame.image;
  const part = { width: width / factor, height: height / factor };
  const [left, top] = [(width - part.width) * atX, (height - part.height) * atY];
  const { intrinsics } = frame;
  const cut = intrinsics && { ...intrinsics, cx: intrinsics.cx - left, cy: intrinsics.cy - top };
  const camera = cut && resizeIntrinsics(cut, part, frame.image);
  const middle: [number, number] = [left + part.width / 2, top + part.height / 2];
  return { ...resample(frame, 1 / factor, 0, middle), ...(camera && { intrinsics: camera }) };
}

/** A frame of the same size whose middle is at a place of the given one, turned and scaled about it by the matrix [[cosine, sine], [−sine, cosine]]. */
function resample(frame: Frame, cosine: number, sine: number, [middleX, middleY]: readonly [number, number]): Frame {
  const { width, height, data } = frame.image;
  const from = (column: number, row: number): [x: number, y: number] => {
    const [fromX, fromY] = [column - width / 2, row - height / 2];
    return [cosine * fromX + sine * fromY + middleX, -sine * fromX + cosine * fromY + middleY];
  };
  const isInside = (x: number, y: number) => x >= 0 && x < width && y >= 0 && y < height;
  const image = new Uint8Array(data.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y] = from(column + 0.5, row + 0.5);
      if (isInside(x, y)) interpolate(data, width, height, x - 0.5, y - 0.5, image, (row * width + column) * 3);
    }
  }
  // Depth has pixels of its own, in the same picture.
  const size = depthSizeOf(frame);
  const [scaleX, scaleY] = [width / size.width, height / size.height];
  const depth = new Float32Array(frame.depth.length);
  const valid = new Uint8Array(frame.valid.length);
  for (let row = 0; row < size.height; row++) {
    for (let column = 0; column < size.width; column++) {
      const [x, y] = from((column + 0.5) * scaleX, (row + 0.5) * scaleY);
      if (!isInside(x, y)) continue;
      const to = row * size.width + column;
      const nearest = Math.floor(y / scaleY) * size.width + Math.floor(x / scaleX);
      depth[to] = frame.depth[nearest]!;
      valid[to] = frame.valid[nearest]!;
    }
  }
  return { ...frame, image: { ...frame.image, data: image }, depth, valid };
}

/** Where the camera's axis goes through the rotated image. */
function rotateAxis(
  intrinsics: Intrinsics,
  middleX: number,
  middleY: number,
  cosine: number,
  sine: number,
): Intrinsics {
  const [x, y] = [intrinsics.cx - middleX, intrinsics.cy - middleY];
  return { ...intrinsics, cx: middleX + cosine * x - sine * y, cy: middleY + sine * x + cosine * y };
}

/** Pixels beyond an edge count as the edge's. */
function interpolate(
  data: Uint8Array,
  width: number,
  height: number,
  x: number,
  y: number,
  result: Uint8Array,
  to: number,
): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const a = x - left;
  const b = y - top;
  const x0 = Math.max(left, 0);
  const x1 = Math.min(left + 1, width - 1);
  const y0 = Math.max(top, 0) * width;
  const y1 = Math.min(top + 1, height - 1) * width;
  for (let channel = 0; channel < 3; channel++) {
    const upper = data[(y0 + x0) * 3 + channel]! * (1 - a) + data[(y0 + x1) * 3 + channel]! * a;
    const lower = data[(y1 + x0) * 3 + channel]! * (1 - a) + data[(y1 + x1) * 3 + channel]! * a;
    result[to + channel] = upper * (1 - b) + lower * b + 0.5;
  }
}

function cropFrame(frame: Frame, size: { width: number; height: number }, atX: number, atY: number): Frame {
  const { width, height } = frame.image;
  const fits = [size.width, size.height].every((side) => Number.isInteger(side) && side > 0);
  if (!fits || size.width > width || size.height > height) {
    throw new RangeError(
      `A crop of ${size.width} by ${size.height} does not fit into ${width} by ${height} pixels (frame ${frame.id}).`,
    );
  }
  const left = Math.floor(atX * (width - size.width + 1));
  const top = Math.floor(atY * (height - size.height + 1));
  const camera = frame.intrinsics && {
    ...frame.intrinsics,
    cx: frame.intrinsics.cx - left,
    cy: frame.intrinsics.cy - top,
  };
  return remapFrame(
    { ...frame, ...(camera && { intrinsics: camera }) },
    range(top, size.height),
    range(left, size.width),
  );
}

function flipFrame(frame: Frame): Frame {
  const { width, height } = frame.image;
  const camera = frame.intrinsics && { ...frame.intrinsics, cx: width - 1 - frame.intrinsics.cx };
  return remapFrame({ ...frame, ...(camera && { intrinsics: camera }) }, range(0, height), range(0, width).reverse());
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, index) => start + index);
}

interface ColorChange {
  gamma: number;
  brightness: number;
  channels: [number, number, number];
}

/** value' = value^gamma · brightness · channel, with values from 0 to 1, cut off at 1. */
function changeColors(frame: Frame, { gamma, brightness, channels }: ColorChange): Frame {
  const { data } = frame.image;
  const image = new Uint8Array(data.length);
  for (const [channel, factor] of channels.entries()) {
    const table = Uint8Array.from({ length: 256 }, (_, value) =>
      Math.round(Math.min(1, (value / 255) ** gamma * brightness * factor) * 255),
    );
    for (let index = channel; index < data.length; index += 3) image[index] = table[data[index]!]!;
  }
  return {
    ...frame,
    image: { ...frame.image, data: image },
    depth: frame.depth.slice(),
    valid: frame.valid.slice(),
  };
}

function between(share: number, [from, to]: readonly [number, number]): number {
  return from + share * (to - from);
}

function checkDegrees(degrees: number): number {
  if (!(degrees >= 0 && degrees <= 180))
    throw new RangeError(`rotation must be from 0 to 180 degrees, got ${degrees}.`);
  return degrees;
}

function checkZoom(zoom: number): number {
  if (!(zoom >= 1 && zoom <= 10)) throw new RangeError(`zoom must be a factor from 1 to 10, got ${zoom}.`);
  return zoom;
}

function checkProbability(name: string, value: number): number {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must be from 0 to 1, got ${value}.`);
  return value;
}
