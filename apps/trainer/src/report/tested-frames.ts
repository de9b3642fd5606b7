import { cameraFor, decodeDepthPng, encodeDepthPng, type Intrinsics, resizeIntrinsics } from '@llm-mde/depth-maps';
import { type Frame, withDepthOfImage } from '@llm-mde/rgbd';
import type { AttendedWords } from 'llm-mde';
import sharp from 'sharp';
import type { EvaluationConfiguration } from '../config/schema.js';
import { comparedDepth } from '../evaluate/compared-depth.js';
import type { FrameResult } from '../evaluate/evaluate-frames.js';
import type { DistanceErrors } from './errors-by-distance.js';
import { shrinkImage, shrinkMap, strideFor } from './pictures.js';

export const TESTED_FRAMES_FORMAT = 'llm-mde tested frames 1';

/** `test-frames.json` of a run: what its report shows of the test. */
export interface TestedFrames {
  format: typeof TESTED_FRAMES_FORMAT;
  /** All frames of the test, in order. A metric is NaN where nothing could be compared. */
  frames: FrameScore[];
  distances: DistanceErrors[];
  examples: Example[];
}

export interface FrameScore {
  id: string;
  sceneType: string;
  absRel: number;
  rmse: number;
  delta1: number;
}

/** A test frame in few pixels, with what was predicted. */
export interface Example extends FrameScore {
  /** Of pictures and maps. */
  width: number;
  height: number;
  /** A JPEG in base64. */
  photograph: string;
  truth: StoredMap;
  /** As it was compared: aligned, if the protocol aligns. */
  prediction: StoredMap;
  /** In pixels of the pictures. */
  intrinsics: Intrinsics;
  /** The prompt of the language model; empty if there is none. */
  prompt: string;
  /** The class that the prompt names. */
  class: string | null;
  /** The words to show; of some examples. */
  attended?: StoredWords;
}

/** A depth map as a gray PNG of 16 bits in base64, 0 where depth is missing. */
interface StoredMap {
  unitsPerMetre: number;
  png: string;
}

/** {@link AttendedWords} as plain data. */
export type StoredWords = Omit<AttendedWords, 'words'> & { words: [number, StoredWord[]][] };

type StoredWord = NonNullable<ReturnType<AttendedWords['words']['get']>>[number];

export function frameScore({ id, sceneType, errors: { absRel, rmse, delta1 } }: FrameResult): FrameScore {
  return { id, sceneType, absRel, rmse, delta1 };
}

/** Of each of the groups worst, median and best. */
const OF_EACH_RANK = 3;

export type Rank = 'worst' | 'median' | 'best';

/** The frames with the largest, median and smallest AbsRel, no frame twice; those that could not be compared are in none. */
export function rankFrames<Score extends { id: string; absRel: number }>(
  frames: readonly Score[],
): Record<Rank, Score[]> {
  const sorted = frames.filter(({ absRel }) => Number.isFinite(absRel)).sort((a, b) => a.absRel - b.absRel);
  const count = Math.min(OF_EACH_RANK, Math.floor(sorted.length / 3));
  if (count === 0) return { worst: sorted.reverse(), median: [], best: [] };
  const middle = Math.floor((sorted.length - count) / 2);
  return {
    worst: sorted.slice(-count).reverse(),
    median: sorted.slice(middle, middle + count),
    best: sorted.slice(0, count),
  };
}

export interface ExampleFacts extends Pick<Example, 'prompt' | 'class'> {
  score: FrameScore;
  attended?: AttendedWords | undefined;
}

/** @param prediction metres, of the size of the frame's image. */
export async function exampleOf(
  frame: Frame,
  prediction: Float32Array,
  protocol: EvaluationConfiguration,
  { score, attended, ...prompt }: ExampleFacts,
): Promise<Example> {
  const whole = withDepthOfImage(frame);
  const { image, depth, valid, intrinsics } = whole;
  const stride = strideFor(image.width);
  const { data, width, height } = shrinkImage(image, stride);
  const shrunk = (map: ArrayLike<number>) => shrinkMap(map, image, stride);
  const raw = { width, height, channels: 3 } as const;
  const photograph = await sharp(data, { raw }).jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer();
  return {
    ...score,
    width,
    height,
    photograph: photograph.toString('base64'),
    truth: storeMap(shrunk(depth.map((metres, pixel) => (valid[pixel] ? metres : 0))), { width, height }),
    prediction: storeMap(shrunk(comparedDepth(whole, prediction, protocol).depth), { width, height }),
    intrinsics: resizeIntrinsics(cameraFor(image, { intrinsics }), image, { width, height }),
    ...prompt,
    ...(attended && { attended: storeWords(attended) }),
  };
}

/** Where there is nothing to see in attention, no more than its summary. */
function storeWords(attended: AttendedWords): StoredWords {
  const isInformative = attended.attention.verdict === 'informative';
  return isInformative ? { ...attended, words: [...attended.words] } : { ...attended, patches: [], words: [] };
}

/** What 16 bits of millimetres hold. */
const LARGEST_MILLIMETRES = 65.535;

function storeMap(metres: Float32Array, size: { width: number; height: number }): StoredMap {
  const largest = metres.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, value) : most), 0);
  const factor = largest > LARGEST_MILLIMETRES ? LARGEST_MILLIMETRES / largest : 1;
  const png = encodeDepthPng(
    metres.map((value) => Math.min(LARGEST_MILLIMETRES, value * factor)),
    size,
  );
  return { unitsPerMetre: 1000 * factor, png: Buffer.from(png).toString('base64') };
}

/** @returns metres, 0 where depth is missing. */
export function readMap({ png, unitsPerMetre }: StoredMap): Float32Array {
  return decodeDepthPng(Buffer.from(png, 'base64'), unitsPerMetre).data;
}
