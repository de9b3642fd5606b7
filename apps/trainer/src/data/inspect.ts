import type { RgbdDataset, SkippedFile } from '@llm-mde/rgbd';

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
    /** Their depth in metres. */
    nearest: number;
    median: number;
    farthest: number;
  };
}

/** @param id the frame to read. @default the one in the middle */
export async function inspectDataset(dataset: RgbdDataset, id?: string): Promise<DatasetFacts> {
  const { frames } = dataset;
  const frame = await dataset.read(id ?? frames[Math.floor(frames.length / 2)]!.id);
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
      nearest: depths[0] ?? Number.NaN,
      median: depths[Math.floor(depths.length / 2)] ?? Number.NaN,
      farthest: depths.at(-1) ?? Number.NaN,
    },
  };
}

/** The summary as text. */
export function datasetText({ format, frames, scenes, sceneTypes, splits, skipped, sample }: DatasetFacts): string {
  const list = (counted: Record<string, number>) =>
    Object.entries(counted)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const { id, width, height, measured, nearest, median, farthest } = sample;
  return [
    `format       ${format}`,
    `frames       ${frames} of ${scenes} scenes`,
    `scene types  ${Object.keys(sceneTypes).length}: ${list(sceneTypes)}`,
    `splits       ${list(splits)}`,
    `skipped      ${skipped.length}`,
    ...skipped.slice(0, 5).map(({ file, problem }) => `             ${file}: ${problem}`),
    `one frame    ${id}: ${width} by ${height} pixels, ${(100 * measured).toFixed(1)} % with depth, from ${nearest.toFixed(3)} to ${farthest.toFixed(3)} m, median ${median.toFixed(3)} m`,
  ].join('\n');
}

function counts(names: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of [...names].sort()) found[name] = (found[name] ?? 0) + 1;
  return found;
}
