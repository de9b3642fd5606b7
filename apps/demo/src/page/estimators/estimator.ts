import type { ModelDescription, OtherModelDescription, WordsAnswer } from '../../server/schemas.js';
import type { DepthMap } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';

interface DepthRequest {
  model: string;
  /** @default the one that the model was trained with */
  promptStyle?: ModelDescription['promptStyle'];
}

export interface DepthEstimate extends DepthMap {
  /** `relative`: its depths are inverse depth up to a scale and shift. @default 'metre' */
  unit?: OtherModelDescription['unit'];
  prompt: string;
  class: string | null;
  /** The field of view that its metres rest on, across the longer side in degrees; null if the model does not know the camera. */
  fieldOfView: number | null;
  /** Time of the model, and of the whole request. */
  computeMilliseconds: number;
  totalMilliseconds: number;
  /** Tensors in the memory of the browser's device. */
  tensors?: number;
}

export type AttendedWords = Pick<WordsAnswer, 'rows' | 'columns' | 'attention' | 'patches' | 'words'>;

/** Estimates depth, on the server or in a worker of this browser. */
export interface Estimator {
  depth(photo: Photo, request: DepthRequest, signal: AbortSignal): Promise<DepthEstimate>;
  words(photo: Photo, model: string, signal: AbortSignal): Promise<AttendedWords>;
}

/** How many prototypes to request per patch, and how many words per prototype. */
export const PROTOTYPE_COUNT = 32;
export const WORD_COUNT = 6;
