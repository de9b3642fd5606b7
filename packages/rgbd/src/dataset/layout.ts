import type { Intrinsics } from '@llm-mde/depth-maps';
import type { DepthEncoding } from '../formats/image.js';

/**
 * How the images and depth maps of a folder are found, paired and read. Everything may be left out. The same keys stand in a `dataset.yaml`
 * in the folder, where `intrinsics` is a list of four numbers, or a file.
 */
export interface ImageFolderLayout {
  /** Folder of the images within the data set's, or globs: `photos`, `photos/**`. @default by the names of folders and files */
  images?: string | readonly string[];
  /** Folder of the depth maps, or globs. @default by the names of folders and files */
  depths?: string | readonly string[];
  /**
   * How an image and its depth map belong together. `name`: what the wildcards of the globs match is the same, but for words like `rgb` and `depth`; `time`:
   * the numbers in their names are nearest in time; `order`: the n-th of a folder; `lists`: as the lists of TUM RGB-D say.
   * @default 'name'
   */
  pairing?: Pairing;
  /** Metres that a value of 1 in a depth map stands for. @default 0.001 for PNG and PGM (millimetres), 1 for EXR and NPY */
  metresPerUnit?: number;
  /** Stored values that mean missing depth, besides 0. @default 65535 in PNG and PGM */
  invalid?: readonly number[];
  /** How a value of a PNG stands for a depth. @default 'plain' */
  encoding?: DepthEncoding;
  /** Which channel of an EXR file is the depth. @default the first of Z, depth.Z, depth, Y, V and R that exists, else the only one */
  exrChannel?: string;
  /**
   * The camera of all images in their pixels, or the file that states it, which is looked for in the image's folder and in those above; `*` in it stands for the
   * image's name. @default a file such as `intrinsics.txt` or `camera_intrinsic.json`, else the focal length in each image's EXIF data, if it has any
   */
  intrinsics?: Intrinsics | string;
  /**
   * The place where the images were taken: a name, or a regular expression whose first group finds it in an image's path.
   * @default the folder that the image lies in; folders for images or depth maps do not count
   */
  scene?: string;
}

export type Pairing = (typeof PAIRINGS)[number];

export const PAIRINGS = ['name', 'time', 'order', 'lists'] as const;
export const ENCODINGS = ['plain', 'sun-rgbd'] as const satisfies readonly DepthEncoding[];

/** What a layout is, as it was recognized or described. */
export interface DescribedLayout extends ImageFolderLayout {
  /** Such as `TUM RGB-D`. */
  name: string;
  /** What took the depth, if the layout says so. */
  sensor?: string;
}

/**
 * Checks a description, such as one that was read from a file; keys whose value is null count as left out.
 *
 * @throws RangeError that names the first key that is unknown or wrong.
 */
export function checkLayout(value: unknown): ImageFolderLayout {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RangeError('It should be a list of keys with values, such as "metresPerUnit: 0.001".');
  const layout: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(value)) {
    if (given === null || given === undefined) continue;
    if (!Object.hasOwn(CHECKS, key))
      throw new RangeError(`There is no key "${key}"; known keys are ${Object.keys(CHECKS).join(', ')}.`);
    const { isRight, be } = CHECKS[key as keyof ImageFolderLayout];
    if (!isRight(given)) throw new RangeError(`"${key}" is ${JSON.stringify(given)}: it should be ${be}.`);
    layout[key] = key === 'intrinsics' && Array.isArray(given) ? intrinsicsOf(given as number[]) : given;
  }
  return layout;
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isGlobs = (value: unknown) => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText));

const CHECKS: Record<keyof ImageFolderLayout, { isRight(value: unknown): boolean; be: string }> = {
  images: { isRight: isGlobs, be: 'a folder or a glob, or a list of them' },
  depths: { isRight: isGlobs, be: 'a folder or a glob, or a list of them' },
  pairing: { isRight: (value) => PAIRINGS.includes(value as Pairing), be: `one of ${PAIRINGS.join(', ')}` },
  metresPerUnit: {
    isRight: (value) => typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY,
    be: 'a number above 0, such as 0.001 for millimetres',
  },
  invalid: {
    isRight: (value) => Array.isArray(value) && value.every((each) => typeof each === 'number'),
    be: 'a list of stored values, such as [0, 65535]',
  },
  encoding: { isRight: (value) => ENCODINGS.includes(value as DepthEncoding), be: `one of ${ENCODINGS.join(', ')}` },
  exrChannel: { isRight: isText, be: 'the name of a channel' },
  intrinsics: { isRight: isCamera, be: '[fx, fy, cx, cy] in pixels of the image, or the name of a file' },
  scene: { isRight: isScene, be: 'a name, or a regular expression with a group' },
};

function isCamera(value: unknown): boolean {
  if (isText(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { fx, fy, cx, cy } = Array.isArray(value) ? intrinsicsOf(value) : (value as Intrinsics);
  const hasFour = Object.keys(value).length === 4 && [fx, fy, cx, cy].every(Number.isFinite);
  return hasFour && fx > 0 && fy > 0;
}

function isScene(value: unknown): boolean {
  try {
    return isText(value) && new RegExp(value as string) instanceof RegExp;
  } catch {
    return false;
  }
}

function intrinsicsOf([fx, fy, cx, cy]: readonly number[]): Intrinsics {
  return { fx: fx!, fy: fy!, cx: cx!, cy: cy! };
}
