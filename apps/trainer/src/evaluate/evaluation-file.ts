import { readJson } from '../config/json-file.js';
import type { EvaluationConfiguration } from '../config/schema.js';
import { plural } from '../output/sentences.js';
import { textTable } from '../output/table.js';
import { type FrameResult, summarize } from './evaluate-frames.js';
import { fixedCell, METRIC_COLUMNS, metricsTable, summaryRow } from './metrics-table.js';

export const EVALUATION_FORMAT = 'llm-mde evaluation 1';

/** The file of an evaluation or of one of its shards. */
export interface EvaluationFile {
  format: typeof EVALUATION_FORMAT;
  checkpoint: string;
  /** A model of others: what is to be said of it. */
  about?: string;
  data: string;
  split: string;
  protocol: EvaluationConfiguration;
  /** All frames of the evaluation, in order. */
  ids: string[];
  /** Those of this shard; one that could not be read has no result. */
  attempted: string[];
  /** Those that were evaluated. */
  frames: FrameResult[];
}

/**
 * Merges the shards of one evaluation: the same as without shards, to the last digit.
 *
 * @throws if the shards are of different evaluations, or a frame is missing.
 */
export function mergeEvaluations(shards: readonly EvaluationFile[], names: readonly string[]): EvaluationFile {
  const [first] = shards;
  const outline = ({ frames: _frames, attempted: _attempted, ...rest }: EvaluationFile) => JSON.stringify(rest);
  const other = shards.findIndex((shard) => outline(shard) !== outline(first!));
  if (other !== -1) {
    throw new Error(
      `${names[other]} and ${names[0]} are not of the same evaluation: model, data, split and protocol must be equal.`,
    );
  }
  const byId = new Map(shards.flatMap(({ frames }) => frames.map((frame) => [frame.id, frame] as const)));
  const attempted = new Set(shards.flatMap((shard) => shard.attempted));
  const missing = first!.ids.filter((id) => !attempted.has(id));
  if (missing.length > 0) {
    throw new Error(`${missing.length} of ${first!.ids.length} frames are missing; the first is ${missing[0]}.`);
  }
  return { ...first!, attempted: first!.ids, frames: first!.ids.flatMap((id) => byId.get(id) ?? []) };
}

/** @throws if it is not the file of an evaluation. */
export async function readEvaluation(path: string): Promise<EvaluationFile> {
  const value = (await readJson(path)) as EvaluationFile;
  if (value?.format !== EVALUATION_FORMAT) throw new Error(`${path} is not a file of llm-mde evaluate --out.`);
  return value;
}

/** What `--json` prints. */
export function evaluationValues({ frames, attempted, ids: _ids, ...outline }: EvaluationFile): object {
  return { ...outline, frames: frames.length, skipped: attempted.length - frames.length, ...summarize(frames) };
}

export function evaluationText({ checkpoint, about, data, split, frames, protocol }: EvaluationFile): string {
  const { metrics, minMax, perSceneType } = summarize(frames);
  const { alignment, crop, minDepth, maxDepth, testTimeFlip } = protocol;
  const settings = [
    `crop ${crop}`,
    `depth ${minDepth} to ${maxDepth} m`,
    ALIGNED[alignment],
    ...(testTimeFlip ? ['test-time flip'] : []),
  ];
  const rows = [
    summaryRow('all', metrics),
    ...Object.entries(perSceneType).map(([type, summary]) => summaryRow(type, summary)),
    summaryRow('all, min-max normalized as in the paper (no unit)', minMax),
  ];
  return [
    `${checkpoint} on ${plural(frames.length, 'frame')} (${split}) of ${data}`,
    `${settings.join(', ')}; means over images`,
    ...(about === undefined ? [] : [about]),
    '',
    ...textTable(metricsTable(rows, { columns: METRIC_COLUMNS, format: fixedCell })),
  ].join('\n');
}

const ALIGNED: Record<EvaluationConfiguration['alignment'], string> = {
  none: 'no alignment',
  median: 'aligned per image by the median',
  depth: 'aligned per image by scale and shift in depth',
  disparity: 'aligned per image by scale and shift in disparity',
};
