import { decodeDepthPng, decodeNpy, intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';
import type { DepthMap } from './geometry.js';
import type { Photo } from './photo.js';

/** A photo and what is known of its depth. */
export interface TrainingPair {
  photo: Photo;
  /** Metres; 0 where the depth is unknown. */
  truth: DepthMap;
}

/** What the worker is given of a pair. */
export interface PlainPair {
  id: string;
  image: { data: Uint8Array; width: number; height: number; channels: 3; focalLength?: number };
  truth: DepthMap;
}

export function plainPair({ photo, truth }: TrainingPair): PlainPair {
  const { name, colors, width, height, fieldOfView } = photo;
  const focalLength = fieldOfView && intrinsicsFromFieldOfView(fieldOfView, { width, height }).fx;
  return {
    id: name,
    image: { data: colors, width, height, channels: 3, ...(focalLength && { focalLength }) },
    truth,
  };
}

interface NamedFile {
  name: string;
  type: string;
}

/** Which files belong together, and what is wrong with the others. */
export interface PairedFiles<File extends NamedFile> {
  pairs: { photo: File; depth: File }[];
  problems: string[];
}

const DEPTH_ENDING = /[-_. ]?(depths?|metres)$/i;

/**
 * Photos and depth maps with the same name before the ending: `kitchen.jpg` belongs to `kitchen.npy`, `kitchen.png` or `kitchen_depth.png`.
 *
 * @param isDepth Whether a PNG file holds depth: gray values of 16 bits.
 */
export function pairFiles<File extends NamedFile>(
  files: readonly File[],
  isDepth: (file: File) => boolean,
): PairedFiles<File> {
  const stem = ({ name }: NamedFile) => name.replace(/\.[^.]*$/, '');
  const problems: string[] = [];
  const depths = new Map<string, File>();
  const photos: File[] = [];
  for (const file of files) {
    if (/\.npy$/i.test(file.name) || isDepth(file)) depths.set(stem(file).replace(DEPTH_ENDING, ''), file);
    else if (file.type.startsWith('image/')) photos.push(file);
    else
      problems.push(`${file.name} is neither a photo nor depth: use JPEG, PNG, WebP or AVIF, with NPY or 16-bit PNG.`);
  }
  const pairs: PairedFiles<File>['pairs'] = [];
  for (const photo of photos) {
    const name = stem(photo);
    const depth = depths.get(name);
    if (depth) pairs.push({ photo, depth });
    else
      problems.push(
        `${photo.name} has no depth: its file has the same name, such as ${name}.npy or ${name}_depth.png.`,
      );
    depths.delete(name);
  }
  for (const [name, { name: file }] of depths)
    problems.push(`${file} has no photo: its file is called ${name}.jpg or so.`);
  return { pairs, problems };
}

/** Whether these are the first bytes of a PNG file of gray values with 16 bits. */
export function isDepthPng(head: Uint8Array): boolean {
  return head.length > 25 && head[0] === 0x89 && head[1] === 0x50 && head[24] === 16 && head[25] === 0;
}

/**
 * Depth of a file: NPY with metres as floats or millimetres as integers, or a 16-bit PNG with millimetres.
 *
 * @throws Error that names the file if it is none of these, or has no depth.
 */
export function readDepth(name: string, content: Uint8Array): DepthMap {
  const map = isDepthPng(content) ? depthOfPng(name, content) : depthOfNpy(name, content);
  for (let pixel = 0; pixel < map.depth.length; pixel++) {
    const metres = map.depth[pixel]!;
    if (!(metres > 0 && metres < Number.POSITIVE_INFINITY)) map.depth[pixel] = 0;
  }
  if (map.depth.some((metres) => metres > 0)) return map;
  throw new Error(`${name} has no depth: every value is 0, negative or not a number.`);
}

function depthOfPng(name: string, content: Uint8Array): DepthMap {
  try {
    const { data, ...size } = decodeDepthPng(content);
    return { ...size, depth: data };
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`);
  }
}

function depthOfNpy(name: string, content: Uint8Array): DepthMap {
  let array: ReturnType<typeof decodeNpy>;
  try {
    array = decodeNpy(content);
  } catch (error) {
    throw new Error(`${name} cannot be read: ${(error as Error).message}.`);
  }
  // One channel, before or after rows and columns.
  const shape = array.shape.length > 2 ? array.shape.filter((size) => size !== 1) : array.shape;
  const [height, width] = shape;
  if (shape.length !== 2)
    throw new Error(`${name} has the shape (${array.shape.join(', ')}): depth has rows and columns.`);
  const isFloat = array.data instanceof Float32Array || array.data instanceof Float64Array;
  const depth = Float32Array.from(array.data as ArrayLike<number>, (value) => (isFloat ? value : value / 1000));
  return { width: width!, height: height!, depth };
}

/** A distance that was measured: metres along the camera's axis at a pixel of a photo. */
export interface KnownDistance {
  column: number;
  row: number;
  metres: number;
}

/** Depth that is known around a few pixels only, in a map of at most 160 pixels along the longer side. */
export function depthOfDistances(
  photo: { width: number; height: number },
  distances: readonly KnownDistance[],
): DepthMap {
  const scale = Math.min(1, 160 / Math.max(photo.width, photo.height));
  const [width, height] = [photo.width, photo.height].map((side) => Math.max(1, Math.round(side * scale))) as [
    number,
    number,
  ];
  const depth = new Float32Array(width * height);
  for (const { column, row, metres } of distances) {
    const [x, y] = [Math.floor((column + 0.5) * scale), Math.floor((row + 0.5) * scale)];
    for (let down = Math.max(0, y - 2); down <= Math.min(height - 1, y + 2); down++) {
      for (let right = Math.max(0, x - 2); right <= Math.min(width - 1, x + 2); right++)
        depth[down * width + right] = metres;
    }
  }
  return { width, height, depth };
}

/** The same depth at another size: that of the nearest pixel, or of any known pixel that falls there, so that few distances are not lost. */
export function resizeTruth({ width, height, depth }: DepthMap, to: { width: number; height: number }): DepthMap {
  if (to.width === width && to.height === height) return { width, height, depth };
  const resized = new Float32Array(to.width * to.height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const metres = depth[row * width + column]!;
      if (metres > 0) {
        const [y, x] = [
          Math.floor(((row + 0.5) / height) * to.height),
          Math.floor(((column + 0.5) / width) * to.width),
        ];
        resized[y * to.width + x] = metres;
      }
    }
  }
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      const [row, column] = [Math.floor(((y + 0.5) / to.height) * height), Math.floor(((x + 0.5) / to.width) * width)];
      const nearest = depth[row * width + column]!;
      if (nearest > 0) resized[y * to.width + x] = nearest;
    }
  }
  return { width: to.width, height: to.height, depth: resized };
}
