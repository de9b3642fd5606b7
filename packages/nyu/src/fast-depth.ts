import { stat } from 'node:fs/promises';
import { basename, relative, sep } from 'node:path';
import {
  assembleFrame,
  badFile,
  DatasetError,
  type DepthMap,
  Findings,
  type FrameInfo,
  type FrameReader,
  filesBelow,
  inFile,
  type OnBadFrame,
  type RgbImage,
  type SourceIndex,
  type SplitName,
  sceneTypeOf,
} from '@llm-mde/rgbd';
import {
  badHdf5,
  checkPixels,
  type Hdf5File,
  indexTar,
  type Location,
  LocationReader,
  nameOf,
  openHdf5,
  openHdf5Bytes,
} from '@llm-mde/rgbd/formats';
import { nyuCamera } from './nyu-camera.js';

export interface ShardsOptions {
  onBadFrame: OnBadFrame;
}

export interface ShardsIndex extends SourceIndex {
  format: 'shards';
  locations: Location[];
}

/**
 * Lists frames that have an HDF5 file each, with `rgb` [3, H, W] and `depth` [H, W] in metres, as fast-depth publishes them: in folders,
 * or in tar files, as they lie on the Hugging Face hub. Tar files are read where they are; nothing is unpacked.
 *
 * The folder that a file lies in is its scene. The split comes from the nearest folder, or the tar file, that is called `train…`, `val…` or `test…`.
 * Training files named 00001.h5 and 00201.h5 are fast-depth's hold-out: it does not train on them.
 *
 * @param path a folder, or a single tar file or HDF5 file.
 */
export async function indexShards(path: string, { onBadFrame }: ShardsOptions): Promise<ShardsIndex> {
  const findings = new Findings(onBadFrame);
  const found: { info: FrameInfo; file: string; location: Location }[] = [];
  for (const { file, parts } of await shardFiles(path)) {
    if (!file.endsWith('.tar')) {
      found.push({ info: describe(parts), file, location: { kind: 'file', path: file } });
      continue;
    }
    const { members, bad } = await indexTarOrReport(file, findings);
    for (const problem of bad) findings.report(problem);
    for (const member of members) {
      if (!member.name.endsWith('.h5')) continue;
      const location: Location = { kind: 'tar', archive: file, member };
      found.push({ info: describe([...parts, ...member.name.split('/')]), file: nameOf(location), location });
    }
  }
  const frames = findings.withoutDuplicates(found);
  return {
    format: 'shards',
    frames: frames.map(({ info }) => info),
    locations: frames.map(({ location }) => location),
    skipped: findings.skipped,
    splitHint: 'name the folders or tar files "train…" and "val…".',
  };
}

async function shardFiles(path: string): Promise<{ file: string; parts: string[] }[]> {
  const isFolder = (await inFile(path, () => stat(path))).isDirectory();
  if (!isFolder) return [{ file: path, parts: path.split(sep).slice(-3) }];
  const files = await filesBelow(path, (name) => name.endsWith('.h5') || name.endsWith('.tar'));
  return files.map((file) => ({ file, parts: [basename(path), ...relative(path, file).split(sep)] }));
}

async function indexTarOrReport(file: string, findings: Findings) {
  try {
    return await indexTar(file);
  } catch (error) {
    const { problem } = badFile(error, file);
    findings.report({ file, problem });
    return { members: [], bad: [] };
  }
}

const HOLDOUT_NAMES = ['00001.h5', '00201.h5'];

function describe(parts: readonly string[]): FrameInfo {
  const name = parts.at(-1)!;
  const scene = parts.at(-2) ?? 'unknown';
  const split = splitOf(parts, name);
  const info = { id: `${scene}/${name.replace(/\.h5$/, '')}`, scene, sceneType: sceneTypeOf(scene) };
  return split ? { ...info, split } : info;
}

function splitOf(parts: readonly string[], name: string): SplitName | undefined {
  for (const part of parts.slice(0, -1).toReversed()) {
    const match = /^(train|val|test)(?:$|[^a-z])/i.exec(part)?.[1]?.toLowerCase();
    if (match === 'train') return HOLDOUT_NAMES.includes(name) ? 'holdout' : 'train';
    if (match) return 'test';
  }
  return undefined;
}

export async function openShards({ frames, locations }: ShardsIndex): Promise<FrameReader> {
  const reader = new LocationReader();
  return {
    async read(position) {
      const [info, location] = [frames[position]!, locations[position]!];
      const name = nameOf(location);
      try {
        const file =
          location.kind === 'file'
            ? await openHdf5(location.path)
            : await openHdf5Bytes(await reader.read(location), name);
        try {
          const image = readImage(file);
          return assembleFrame(info, image, readDepth(file), { file: name, intrinsics: nyuCamera(image) });
        } finally {
          file.close();
        }
      } catch (error) {
        throw badHdf5(error, name);
      }
    },
    close: () => reader.close(),
  };
}

function readImage(file: Hdf5File): RgbImage {
  const dataset = file.dataset('rgb', 3);
  const [channels, height, width] = dataset.shape as [number, number, number];
  checkPixels(width, height, file.path);
  const planes = dataset.value;
  if (channels !== 3 || !(planes instanceof Uint8Array)) {
    throw new DatasetError(
      `Its rgb must be [3, H, W] of 8-bit values, but it is [${dataset.shape?.join(', ')}] of ${JSON.stringify(dataset.dtype)}.`,
      { file: file.path },
    );
  }
  const plane = width * height;
  const data = new Uint8Array(planes.length);
  for (let index = 0; index < plane; index++) {
    data[3 * index] = planes[index]!;
    data[3 * index + 1] = planes[index + plane]!;
    data[3 * index + 2] = planes[index + 2 * plane]!;
  }
  return { data, width, height, channels: 3 };
}

function readDepth(file: Hdf5File): DepthMap {
  const dataset = file.dataset('depth', 2);
  const [height, width] = dataset.shape as [number, number];
  checkPixels(width, height, file.path);
  const values = dataset.value;
  if (!(values instanceof Float32Array) && !(values instanceof Float64Array)) {
    throw new DatasetError(`Its depth must be floats, but it is ${JSON.stringify(dataset.dtype)}.`, {
      file: file.path,
    });
  }
  return { data: Float32Array.from(values), width, height };
}
