import { checkDepths, type RgbdDataset, type SkippedFile } from '@llm-mde/rgbd';
import { plural } from '../output/sentences.js';

/** A summary of a dataset, without reading all of it. */
export interface DatasetFacts {
  format: string;
  frames: number;
  scenes: number;
  /** Number of frames per type. */
  sceneTypes: Record<string, number>;
  /** Number of frames per split; `none` if the files have no split. */
  splits: Record<string, number>;
  skipped: readonly SkippedFile[];
  /** One frame, read. */
  sample: {
    id: string;
    width: number;
    height: number;
    /** Fraction of pixels with a depth. */
    measured: number;
    /** Their depth in metres; null if no pixel has one. */
    nearest: number | null;
    median: number | null;
    farthest: number | null;
  };
  /** What is odd about the depths of some frames, for a model that ends at 10 m. */
  warnings: string[];
  /** Whether none of them has a depth that such a model can use. */
  isUnusable: boolean;
}

/** @param id the frame to read. @default one from the middle */
export async function inspectDataset(dataset: RgbdDataset, id?: string): Promise<DatasetFacts> {
  const { frames } = dataset;
  const { read, withoutDepth, problem, warnings } = await checkDepths(dataset);
  const best = read.filter((other) => !withoutDepth.includes(other));
  const chosen = id ?? (best.length > 0 ? best : read)[Math.floor((best.length || read.length) / 2)];
  if (chosen === undefined) throw new Error(problem);
  const frame = await dataset.read(chosen);
  const depths = frame.depth.filter((_, pixel) => frame.valid[pixel]).sort();
  return {
    format: dataset.format,
    frames: frames.length,
    scenes: dataset.scenes.length,
    sceneTypes: counts(frames.map(({ sceneType }) => sceneType)),
    splits: counts(frames.map(({ split }) => split ?? 'none')),
    skipped: dataset.skipped,
    sample: {
      id: frame.id,
      width: frame.image.width,
      height: frame.image.height,
      measured: depths.length / frame.depth.length,
      nearest: depths[0] ?? null,
      median: depths[Math.floor(depths.length / 2)] ?? null,
      farthest: depths.at(-1) ?? null,
    },
    warnings: [...(problem === undefined ? [] : [problem]), ...warnings],
    isUnusable: problem !== undefined,
  };
}

/** The summary as text. */
export function datasetText({
  format,
  frames,
  scenes,
  sceneTypes,
  splits,
  skipped,
  sample,
  warnings,
}: DatasetFacts): string {
  const list = (counted: Record<string, number>) =>
    Object.entries(counted)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const { id, width, height, measured, nearest, median, farthest } = sample;
  const range = `, from ${nearest?.toFixed(3)} to ${farthest?.toFixed(3)} m, median ${median?.toFixed(3)} m`;
  return [
    `format       ${format}`,
    `frames       ${frames} of ${plural(scenes, 'scene')}`,
    `scene types  ${Object.keys(sceneTypes).length}: ${list(sceneTypes)}`,
    `splits       ${list(splits)}`,
    `skipped      ${skipped.length}`,
    ...skipped.slice(0, 5).map(({ file, problem }) => `             ${file}: ${problem}`),
    `one frame    ${id}: ${width} by ${height} pixels, ${(100 * measured).toFixed(1)} % with depth${nearest === null ? '' : range}`,
    ...warnings.map((warning) => `warning      ${warning}`),
  ].join('\n');
}

function counts(names: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of [...names].sort()) found[name] = (found[name] ?? 0) + 1;
  return found;
}
