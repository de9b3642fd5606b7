import type { DepthMetricsSummary } from '@llm-mde/metrics';
import { aligned } from '../terminal/result-table.js';
import { summarize } from './evaluate-frames.js';
import type { EvaluationFile } from './evaluation-file.js';

const COLUMNS = ['absRel', 'rmse', 'sqRel', 'rmseLog', 'log10', 'siLog', 'delta1', 'delta2', 'delta3'] as const;

/** An evaluation for people and for programs. */
export const evaluationReport = {
  values(file: EvaluationFile) {
    const { frames, attempted, ids: _ids, ...outline } = file;
    return { ...outline, frames: frames.length, leftOut: attempted.length - frames.length, ...summarize(frames) };
  },

  text(file: EvaluationFile): string {
    const { metrics, minMax, perSceneType } = summarize(file.frames);
    const { alignment, crop, minDepth, maxDepth, testTimeFlip } = file.protocol;
    const row = (name: string, summary: DepthMetricsSummary) => [
      name,
      ...COLUMNS.map((column) => summary[column].toFixed(column === 'siLog' ? 2 : 4)),
      String(summary.images),
    ];
    const protocol = [
      `crop ${crop}`,
      `depth ${minDepth} to ${maxDepth} m`,
      alignment === 'none' ? 'no alignment' : `aligned: ${alignment}`,
      ...(testTimeFlip ? ['averaged with the mirrored image'] : []),
    ];
    return [
      `${file.checkpoint} on ${file.frames.length} frames (${file.part}) of ${file.data}`,
      `${protocol.join(', ')}; means over images`,
      '',
      ...aligned([
        ['', ...COLUMNS.map((name) => (name === 'rmse' ? 'rmse (m)' : name)), 'images'],
        row('all', metrics),
        ...Object.entries(perSceneType).map(([type, summary]) => row(type, summary)),
        row('all, min-max variant of the paper (no unit)', minMax),
      ]),
    ].join('\n');
  },
};
