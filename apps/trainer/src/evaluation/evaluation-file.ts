import type { EvaluationConfiguration } from '../configuration/training-configuration.js';
import { readJson } from '../run-folder/run-folder.js';
import type { FrameResult } from './evaluate-frames.js';

export const EVALUATION_FORMAT = 'llm-mde evaluation 1';

/** What an evaluation, or a part of one, wrote down. */
export interface EvaluationFile {
  format: typeof EVALUATION_FORMAT;
  checkpoint: string;
  data: string;
  part: string;
  protocol: EvaluationConfiguration;
  /** All frames of the evaluation, in order. */
  ids: string[];
  /** Those of this part; a broken one among them has no result. */
  attempted: string[];
  /** Those that were compared. */
  frames: FrameResult[];
}

/**
 * Puts the parts of one evaluation together: the same as if it had been done at once, to the last digit.
 *
 * @throws if the parts are of different evaluations, or a frame is missing.
 */
export function mergeEvaluations(parts: readonly EvaluationFile[], names: readonly string[]): EvaluationFile {
  const [first] = parts;
  const outline = ({ frames: _frames, attempted: _attempted, ...rest }: EvaluationFile) => JSON.stringify(rest);
  const other = parts.findIndex((part) => outline(part) !== outline(first!));
  if (other !== -1) {
    throw new Error(
      `${names[other]} and ${names[0]} are not of the same evaluation: model, data, part and protocol must be equal.`,
    );
  }
  const byId = new Map(parts.flatMap(({ frames }) => frames.map((frame) => [frame.id, frame] as const)));
  const attempted = new Set(parts.flatMap((part) => part.attempted));
  const missing = first!.ids.filter((id) => !attempted.has(id));
  if (missing.length > 0) {
    throw new Error(`${missing.length} of ${first!.ids.length} frames are in no part; the first is ${missing[0]}.`);
  }
  return { ...first!, attempted: first!.ids, frames: first!.ids.flatMap((id) => byId.get(id) ?? []) };
}

/** @throws if the file is none of an evaluation. */
export async function readEvaluation(path: string): Promise<EvaluationFile> {
  const value = (await readJson(path)) as EvaluationFile;
  if (value?.format !== EVALUATION_FORMAT) throw new Error(`${path} was not written by llm-mde evaluate --out.`);
  return value;
}
