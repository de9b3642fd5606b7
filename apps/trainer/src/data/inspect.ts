import type { Intrinsics } from '@llm-mde/depth-maps';
import { checkDepths, type DescribedLayout, depthSizeOf, type RgbdDataset, type SkippedFile } from '@llm-mde/rgbd';
import { plural } from '../output/sentences.js';
import { guessUnit, oddMedian } from './guess-unit.js';

/** A summary of a dataset, without reading all of it. */
export interface DatasetFacts {
  format: string;
  /** Of a folder of images and depth maps: how it is read; null for other forms. */
  layout: DescribedLayout | null;
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
    /** Size of its depth map. */
    depthSize: [width: number, height: number];
    /** In pixels of the image; null if nothing states it. */
    camera: Intrinsics | null;
    /** Fraction of pixels with a depth. */
    measured: number;
    /** Their depth in metres; null if no pixel has one. */
    nearest: number | null;
    median: number | null;
    farthest: number | null;
  };
  /** What is odd about the depths of some frames, for a model that ends at 10 m. */
  warnings: string[];
  /** The frames that were read for this. */
  read: string[];
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
  const median = depths[Math.floor(depths.length / 2)] ?? null;
  const { width: depthWidth, height: depthHeight } = depthSizeOf(frame);
  const { layout = null } = dataset;
  const isDefault = layout?.metresPerUnit === undefined && layout?.encoding === undefined;
  const doubts = [oddMedian(median), layout && isDefault ? guessUnit(frame) : undefined];
  return {
    format: dataset.format,
    layout,
    frames: frames.length,
    scenes: dataset.scenes.length,
    sceneTypes: counts(frames.map(({ sceneType }) => sceneType)),
    splits: counts(frames.map(({ split }) => split ?? 'none')),
    skipped: dataset.skipped,
    sample: {
      id: frame.id,
      width: frame.image.width,
      height: frame.image.height,
      depthSize: [depthWidth, depthHeight],
      camera: frame.intrinsics ?? null,
      measured: depths.length / frame.depth.length,
      nearest: depths[0] ?? null,
      median,
      farthest: depths.at(-1) ?? null,
    },
    warnings: [problem, ...warnings, ...doubts].filter((warning) => warning !== undefined),
    read,
    isUnusable: problem !== undefined,
  };
}

/** The summary as text. */
export function datasetText({
  format,
  layout,
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
  const { id, width, height, depthSize, measured, nearest, median, farthest } = sample;
  const hasOwnSize = depthSize[0] !== width || depthSize[1] !== height;
  const range = `, from ${nearest?.toFixed(3)} to ${farthest?.toFixed(3)} m, median ${median?.toFixed(3)} m`;
  return [
    `format       ${format}`,
    ...(layout ? [`layout       ${layoutText(layout, depthSize)}`] : []),
    `frames       ${frames} of ${plural(scenes, 'scene')}`,
    `scene types  ${Object.keys(sceneTypes).length}: ${list(sceneTypes)}`,
    `splits       ${list(splits)}`,
    `skipped      ${skipped.length}`,
    ...skipped.slice(0, 5).map(({ file, problem }) => `             ${file}: ${problem}`),
    `camera       ${cameraText(sample)}`,
    `one frame    ${id}: ${width} by ${height} pixels, ${hasOwnSize ? `depth ${depthSize[0]} by ${depthSize[1]}, ` : ''}${(100 * measured).toFixed(1)} % with depth${nearest === null ? '' : range}`,
    ...warnings.map((warning) => `warning      ${warning}`),
  ].join('\n');
}

function layoutText(
  { name, sensor, metresPerUnit, invalid, encoding }: DescribedLayout,
  size: readonly [number, number],
): string {
  const perMetre = metresPerUnit === undefined ? undefined : 1 / metresPerUnit;
  const unit =
    encoding === 'sun-rgbd'
      ? 'rotated bits of millimetres'
      : perMetre === undefined
        ? 'millimetres in PNG, metres in EXR and NPY'
        : `${Number(perMetre.toPrecision(6))} units a metre`;
  const guess = sensor ?? SENSORS[size.join(' by ')];
  return [
    name,
    unit,
    ...(invalid ? [`missing: ${invalid.join(', ')}`] : []),
    ...(guess === undefined ? [] : [`sensor: ${guess}`]),
  ].join('; ');
}

/** By the size of the depth map, which says much for those that nothing else has. */
const SENSORS: Record<string, string> = {
  '256 by 192': "Apple's LiDAR, by its size",
  '192 by 256': "Apple's LiDAR, by its size",
  '512 by 424': 'Kinect v2, by its size',
  '640 by 576': 'Azure Kinect, by its size',
};

function cameraText({ camera, width }: DatasetFacts['sample']): string {
  if (!camera) return 'not stated; set it with --intrinsics fx,fy,cx,cy, or as intrinsics in dataset.yaml';
  const number = (value: number) => Number(value.toFixed(2));
  const degrees = (Math.atan(width / 2 / camera.fx) * 360) / Math.PI;
  return `fx ${number(camera.fx)}, fy ${number(camera.fy)}, cx ${number(camera.cx)}, cy ${number(camera.cy)}: ${degrees.toFixed(0)}° across`;
}

function counts(names: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of [...names].sort()) found[name] = (found[name] ?? 0) + 1;
  return found;
}
