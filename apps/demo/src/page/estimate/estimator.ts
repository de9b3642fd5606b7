import type { PromptStyle } from '@llm-mde/prompts';
import type { Photo } from '../photo.js';

export interface DepthRequest {
  model: string;
  /** @default the one that the model was trained with */
  promptStyle?: PromptStyle;
}

export interface DepthEstimate {
  width: number;
  height: number;
  /** Metres, row by row. */
  depth: Float32Array;
  prompt: string;
  class: string | null;
  /** What the model took, and what the whole took, in milliseconds. */
  computeMilliseconds: number;
  totalMilliseconds: number;
}

export interface WordsOfPatches {
  rows: number;
  columns: number;
  /** For each patch, row by row, the prototypes that it attends to most, the most attended first. */
  patches: { prototype: number; weight: number }[][];
  words: Record<string, { word: string; similarity: number }[]>;
}

/** Where depth comes from: the server, or a worker in this browser. */
export interface Estimator {
  depth(photo: Photo, request: DepthRequest, signal: AbortSignal): Promise<DepthEstimate>;
  words(photo: Photo, model: string, signal: AbortSignal): Promise<WordsOfPatches>;
}

/** How many prototypes are asked for, for each patch. */
export const PROTOTYPE_COUNT = 32;
/** How many words, for each prototype. */
export const WORD_COUNT = 6;

export interface ModelDescription {
  id: string;
  promptStyle: PromptStyle;
  imageSize: number;
  maximumDepth: number;
  runsInBrowser: boolean;
  files: { path: string; bytes: number }[];
}

export interface ServerDescription {
  models: ModelDescription[];
  device: { name: string; hardware: string; library: string };
}
