// How far predictions are from measured depth: per frame, then the mean over a set, then the mean over the sets.
import { computeDepthMetrics, medianScale, validMask } from '@llm-mde/metrics';
import { resizeDepth } from 'llm-mde';

/** Kept away from 0, where a ratio means nothing. */
const NEAREST = 1e-3;

/**
 * Compares a prediction, of any size, with a frame's truth at the truth's size.
 *
 * @returns `set`, `scene`, `scale` (the ratio of the medians) and `errorsAt(factor)`: the metrics of the prediction times this factor; only
 * `set` and `scene` if no depth of the frame can be compared.
 */
export function scoreFrame({ set, scene, truth }, prediction, maxDepth) {
  const { width, height } = truth;
  const mask = validMask(truth.data, { width, height, minDepth: NEAREST, maxDepth, crop: 'none' });
  const resized = resizeDepth(prediction.depth, prediction.height, prediction.width, height, width);
  const compared = (values) => values.filter((_, pixel) => mask[pixel]);
  const predicted = compared(resized).map((metres) => Math.max(NEAREST, metres));
  const measured = compared(truth.data);
  if (measured.length === 0) return { set, scene };
  const all = new Uint8Array(measured.length).fill(1);
  const scale = medianScale(predicted, measured, all);
  const errorsAt = (factor) =>
    computeDepthMetrics(
      predicted.map((metres) => metres * factor),
      measured,
    );
  return { set, scene, scale, errorsAt };
}

/** Markdown: without alignment, with one scale for all frames, and with each frame's median scale. */
export function tables(scores, least) {
  const measured = scores.filter(({ errorsAt }) => errorsAt);
  const oneScale = (name) => median(measured.filter((score) => score.name === name).map(({ scale }) => scale));
  const alignments = [
    ['No alignment', () => 1],
    ['One scale for all frames', ({ name }) => oneScale(name)],
    ["Each frame's median scale", ({ scale }) => scale],
  ];
  return alignments
    .map(
      ([title, factor]) =>
        `## ${title}\n\n${table(
          measured.map((score) => ({ ...score, ...score.errorsAt(factor(score)) })),
          least,
        )}`,
    )
    .join('\n\n');
}

/**
 * Means over the sets with at least `least` frames, frame by frame and then set by set, for the scores of one model.
 *
 * @returns `delta1` and `absRel` of the metres as they are, and `delta1OfShape` with each frame's median scale.
 */
export function means(scores, least) {
  const measured = scores.filter(({ errorsAt }) => errorsAt);
  const counted = grouped(measured, ({ set }) => set).filter((frames) => frames.length >= least);
  const over = (value) => mean(counted.map((frames) => mean(frames.map(value))));
  return {
    delta1: over(({ errorsAt }) => errorsAt(1).delta1),
    absRel: over(({ errorsAt }) => errorsAt(1).absRel),
    delta1OfShape: over(({ errorsAt, scale }) => errorsAt(scale).delta1),
  };
}

const METRICS = ['delta1', 'absRel', 'rmse'];

/**
 * A row for each set, one for their mean, in which frames of a large set count no more than those of a small one, and one for the standard deviation
 * between scenes.
 */
function table(scores, least) {
  const names = [...new Set(scores.map(({ name }) => name))];
  const sets = [...new Set(scores.map(({ set }) => set))].map((set) => {
    const own = names.map((name) => scores.filter((score) => score.set === set && score.name === name));
    return {
      set,
      frames: own[0].length,
      means: own.map((frames) => METRICS.map((metric) => mean(frames.map((each) => each[metric])))),
    };
  });
  const counted = sets.filter(({ frames }) => frames >= least);
  const overall = names.map((_, model) =>
    METRICS.map((_, metric) => mean(counted.map(({ means }) => means[model][metric]))),
  );
  const scenes = (name) => {
    const own = scores.filter((each) => each.name === name && counted.some(({ set }) => set === each.set));
    return grouped(own, ({ set, scene }) => `${set} ${scene}`);
  };
  const spread = names.map((name) =>
    METRICS.map((metric) => deviation(scenes(name).map((frames) => mean(frames.map((each) => each[metric]))))),
  );
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const cells = (means, digits) => means.map((values) => values.map((value) => value.toFixed(digits)).join(' / '));
  return [
    line(['set (delta1 / AbsRel / RMSE in m)', 'frames', ...names]),
    line(['---', ...['', ...names].map(() => '---:')]),
    ...sets.map(({ set, frames, means }) => line([set, frames, ...cells(means, 2)])),
    line([`mean of the ${counted.length} sets with at least ${least} frames`, '', ...cells(overall, 3)]),
    line([`standard deviation between their ${scenes(names[0]).length} scenes`, '', ...cells(spread, 2)]),
  ].join('\n');
}

/** Scores with the same key together. */
function grouped(scores, keyOf) {
  const groups = new Map();
  for (const score of scores) groups.set(keyOf(score), [...(groups.get(keyOf(score)) ?? []), score]);
  return [...groups.values()];
}

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

export function deviation(values) {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}
