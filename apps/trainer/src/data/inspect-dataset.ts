import type { RgbdDataset, SkippedFile } from '@llm-mde/rgbd';

/** What there is to know of a data set without reading all of it. */
export interface DatasetFacts {
  format: string;
  frames: number;
  scenes: number;
  /** Frames of each type. */
  sceneTypes: Record<string, number>;
  /** Frames of each part; `none` where the files do not say. */
  parts: Record<string, number>;
  skipped: readonly SkippedFile[];
  /** One frame, read. */
  sample: {
    id: string;
    width: number;
    height: number;
    /** Share of pixels that have a depth. */
    measured: number;
    /** Metres of these. */
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
    parts: counts(frames.map(({ split }) => split ?? 'none')),
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

/** The facts as text. */
export function datasetText({ format, frames, scenes, sceneTypes, parts, skipped, sample }: DatasetFacts): string {
  const list = (counted: Record<string, number>) =>
    Object.entries(counted)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const { id, width, height, measured, nearest, median, farthest } = sample;
  return [
    `format       ${format}`,
    `frames       ${frames} of ${scenes} scenes`,
    `scene types  ${Object.keys(sceneTypes).length}: ${list(sceneTypes)}`,
    `parts        ${list(parts)}`,
    `left out     ${skipped.length}`,
    ...skipped.slice(0, 5).map(({ file, problem }) => `             ${file}: ${problem}`),
    `one frame    ${id}: ${width} by ${height} pixels, ${(100 * measured).toFixed(1)} % with depth, from ${nearest.toFixed(3)} to ${farthest.toFixed(3)} m, median ${median.toFixed(3)} m`,
  ].join('\n');
}

function counts(names: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of [...names].sort()) found[name] = (found[name] ?? 0) + 1;
  return found;
}
