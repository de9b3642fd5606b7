import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, posix, sep } from 'node:path';
import {
  assembleFrame,
  badFile,
  byText,
  Findings,
  type FrameInfo,
  type FrameReader,
  filesBelow,
  inFile,
  type OnBadFrame,
  type SourceIndex,
  sceneTypeOf,
} from '@llm-mde/rgbd';
import { indexZip, type Location, LocationReader, nameOf, readPpm, readRawDepth } from '@llm-mde/rgbd/formats';
import { nyuCamera } from '../nyu-camera.js';
import { fillDepthColorization } from './fill-depth-colorization.js';
import { projectDepth } from './project.js';
import { parseRawName, type RawFile, synchronize } from './synchronize.js';

export interface RawDumpOptions {
  onBadFrame: OnBadFrame;
  /** `raw`: projected, with missing depth. `filled`: missing depth filled by colorization, some seconds for each frame. */
  depth: 'raw' | 'filled';
  /** Take every n-th depth image of a scene. BTS took every 7th. */
  frameStride: number;
  /** The training scenes, or a text file with one on each line. With them, frames have a split. */
  trainScenes?: readonly string[] | string;
}

export interface RawDumpIndex extends SourceIndex {
  format: 'raw-dump';
  depth: 'raw' | 'filled';
  locations: { depth: Location; color: Location }[];
}

/**
 * Lists the frames of the raw dump: folders, one a scene, of `a-*.dump` (accelerometer, not read), `d-*.pgm` and `r-*.ppm`; unpacked, or within
 * the published zip files. Names are enough to put depth and color together; see `synchronize`.
 *
 * A frame's id is its scene and its depth image's name: `kitchen_0028b/d-1316653580.471513-1316138413`.
 *
 * @param path a folder of scenes or of zip files, a single scene, or a single zip file.
 */
export async function indexRawDump(path: string, options: RawDumpOptions): Promise<RawDumpIndex> {
  const findings = new Findings(options.onBadFrame);
  if (!Number.isInteger(options.frameStride) || options.frameStride < 1) {
    throw new RangeError(`frameStride must be a positive integer, got ${options.frameStride}.`);
  }
  const trainScenes = await readScenes(options.trainScenes);
  const scenes = groupByFolder(await findRawFiles(path, findings));
  const found = [...scenes].flatMap(([folder, files]) => {
    const scene = posix.basename(folder);
    const depths = files.filter(({ kind, name }) => kind === 'd' && !isFaulty(name, folder, findings));
    const pairs = synchronize(
      depths,
      files.filter(({ kind }) => kind === 'r'),
    );
    if (depths.length > 0 && pairs.length === 0) {
      findings.report({
        file: folder,
        problem: `The scene has ${depths.length} depth images, but no color image (r-*.ppm).`,
      });
    }
    return pairs
      .filter((_, index) => index % options.frameStride === 0)
      .map(({ depth, color }) => ({
        info: describe(scene, depth.name, trainScenes),
        file: nameOf(depth.location),
        locations: { depth: depth.location, color: color.location },
      }));
  });
  const frames = findings.withoutDuplicates(found);
  return {
    format: 'raw-dump',
    depth: options.depth,
    frames: frames.map(({ info }) => info),
    locations: frames.map(({ locations }) => locations),
    skipped: findings.skipped,
    splitHint: 'name the training scenes with the option trainScenes.',
  };
}

/** Published broken: its pixels end early. BTS's own extraction leaves it out by name. */
const FAULTY = ['d-1315166703.129542-2466101449.pgm'];

function isFaulty(name: string, folder: string, findings: Findings): boolean {
  if (!FAULTY.includes(name)) return false;
  findings.note({ file: posix.join(folder, name), problem: 'This file is known to be broken as published.' });
  return true;
}

interface LocatedFile extends RawFile {
  kind: 'a' | 'd' | 'r';
  /** With `/` between its parts, whatever the system has. */
  folder: string;
  location: Location;
}

async function findRawFiles(path: string, findings: Findings): Promise<LocatedFile[]> {
  let files = [path];
  if ((await inFile(path, () => stat(path))).isDirectory()) {
    files = await filesBelow(path, (name) => name.endsWith('.zip') || parseRawName(name) !== undefined);
  }
  const found: LocatedFile[] = [];
  for (const file of files) {
    if (file.endsWith('.zip')) {
      found.push(...(await filesInZip(file, findings)));
    } else {
      const raw = parseRawName(basename(file));
      const folder = dirname(file).replaceAll(sep, '/');
      if (raw) found.push({ ...raw, folder, location: { kind: 'file', path: file } });
    }
  }
  return found;
}

async function filesInZip(archive: string, findings: Findings): Promise<LocatedFile[]> {
  try {
    const { members, bad } = await indexZip(archive);
    for (const problem of bad) findings.report(problem);
    return members.flatMap((member) => {
      const raw = parseRawName(posix.basename(member.name));
      const inner = posix.dirname(member.name);
      // A zip file of one scene may have no folder inside: then it is named after the scene.
      const folder = inner === '.' ? archive.replaceAll(sep, '/').replace(/\.zip$/, '') : inner;
      return raw ? [{ ...raw, folder, location: { kind: 'zip', archive, member } as const }] : [];
    });
  } catch (error) {
    const { problem, file } = badFile(error, archive);
    findings.report({ file, problem });
    return [];
  }
}

function groupByFolder(files: readonly LocatedFile[]): Map<string, LocatedFile[]> {
  const groups = new Map<string, LocatedFile[]>();
  for (const file of files) {
    const group = groups.get(file.folder);
    if (group) group.push(file);
    else groups.set(file.folder, [file]);
  }
  return new Map([...groups].sort(([a], [b]) => byText(a, b)));
}

function describe(scene: string, depthName: string, trainScenes: ReadonlySet<string> | undefined): FrameInfo {
  const info = { id: `${scene}/${depthName.replace(/\.pgm$/, '')}`, scene, sceneType: sceneTypeOf(scene) };
  return trainScenes ? { ...info, split: trainScenes.has(scene) ? 'train' : 'test' } : info;
}

async function readScenes(scenes: readonly string[] | string | undefined): Promise<ReadonlySet<string> | undefined> {
  if (scenes === undefined) return undefined;
  if (typeof scenes !== 'string') return new Set(scenes);
  const lines = (await inFile(scenes, () => readFile(scenes, 'utf8'))).split(/\r?\n/).map((line) => line.trim());
  return new Set(lines.filter((line) => line !== ''));
}

export async function openRawDump({ frames, locations, depth: kind }: RawDumpIndex): Promise<FrameReader> {
  const reader = new LocationReader();
  return {
    async read(position) {
      const [info, { depth, color }] = [frames[position]!, locations[position]!];
      const [depthName, colorName] = [nameOf(depth), nameOf(color)];
      const values = readRawDepth(await reader.read(depth), depthName);
      const { image, depth: projected } = projectDepth(values, readPpm(await reader.read(color), colorName), depthName);
      const map = kind === 'filled' ? fillDepthColorization(image, projected) : projected;
      return assembleFrame(info, image, map, { file: depthName, intrinsics: nyuCamera(image) });
    },
    close: () => reader.close(),
  };
}
