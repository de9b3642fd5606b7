import { join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import { openNyu, samplePaperTables } from '@llm-mde/nyu';
import { checkLayout, type RgbdDataset, writeFrameList } from '@llm-mde/rgbd';
import type { Variety } from '@llm-mde/rooms';
import { type LayoutFlags, layoutOfFlags } from '../config/layout.js';
import { progressBar } from '../output/progress.js';
import { plural, writing } from '../output/sentences.js';
import { contactSheet } from './contact-sheet.js';
import { draftLayout } from './draft-layout.js';
import { type DatasetFacts, datasetText, inspectDataset } from './inspect.js';
import { trainTestSplit } from './split.js';
import { convertDataset, type WritableFormat, writeRooms } from './write.js';

export interface RoomsFlags {
  format: WritableFormat | 'raw-dump';
  count: number;
  seed: number;
  size: { width: number; height: number };
  variety: Variety;
}

/** How every command opens its dataset. */
interface OpenFlags extends LayoutFlags {
  depth: 'raw' | 'filled';
  frameStride: number;
  trainScenes?: string;
  skipBad?: true;
}

export interface InspectFlags extends OpenFlags {
  frame?: string;
  sheet?: string;
  write?: true;
  json?: true;
}

export interface ConvertFlags extends OpenFlags {
  format: WritableFormat;
}

export interface SplitFlags extends OpenFlags {
  seed: number;
  out?: string;
}

export interface SampleFlags extends SplitFlags {
  table?: '1' | '2';
  imagesPerGroup: number;
}

export async function renderRooms(folder: string, { format, count, seed, size, variety }: RoomsFlags): Promise<void> {
  const progress = progressBar();
  const onFrame = (done: number) => progress.show('rendering rooms', done, count);
  const options = { count, seed, variety, ...size, onFrame };
  const written = await writing(folder, () => writeRooms(folder, format, options)).finally(progress.end);
  console.log(`Wrote ${plural(written, 'frame')} to ${folder}.`);
}

export async function inspect(path: string, flags: InspectFlags): Promise<void> {
  await withDataset(path, flags, async (dataset) => {
    const facts = await inspectDataset(dataset, flags.frame);
    console.log(flags.json ? JSON.stringify(facts, null, 2) : datasetText(facts));
    if (flags.sheet !== undefined) await writeSheet(flags.sheet, dataset, facts);
    if (flags.write) console.error(`Wrote ${await draftLayout(path, dataset, facts)}: change what is wrong in it.`);
    if (facts.isUnusable) process.exitCode = 1;
  });
}

async function writeSheet(file: string, dataset: RgbdDataset, { read, sample }: DatasetFacts): Promise<void> {
  const frames = await Promise.all(read.map((id) => dataset.read(id)));
  const near = sample.nearest ?? 0;
  const far = Math.max(sample.farthest ?? 10, near + 0.1);
  await writing(file, () => replaceFile(file, contactSheet(frames, [near, far])));
  console.error(
    `Wrote ${file}: ${plural(frames.length, 'image')} with depth, warm from ${near.toFixed(2)} m to cold at ${far.toFixed(2)} m.`,
  );
}

export async function convert(from: string, to: string, flags: ConvertFlags): Promise<void> {
  await withDataset(from, flags, async (dataset) => {
    const progress = progressBar();
    const options = {
      skipBad: flags.skipBad === true,
      onFrame: (done: number) => progress.show('converting', done, dataset.frames.length),
      onBadFrame: ({ message }: Error) => progress.note(`llm-mde: skipped. ${message}`),
    };
    const converting = writing(to, () => convertDataset(dataset, to, flags.format, options));
    const { written, split } = await converting.finally(progress.end);
    console.log(`Wrote ${written} of ${plural(dataset.frames.length, 'frame')} to ${to}, with ${split}.`);
  });
}

export async function listSplits(path: string, flags: SplitFlags): Promise<void> {
  await withDataset(path, flags, async (dataset) => {
    const { description, ...splits } = trainTestSplit(dataset, { seed: flags.seed });
    await showLists(dataset, splits, { out: flags.out, facts: { split: description, dataset: path } });
    console.log(`From ${description}.`);
  });
}

export async function listSamples(path: string, flags: SampleFlags): Promise<void> {
  await withDataset(path, flags, async (dataset) => {
    const { train, test, description } = trainTestSplit(dataset, { seed: flags.seed });
    const frames = (ids: string[]) => ids.map((id) => dataset.frame(id));
    const tables = flags.table === undefined ? ([1, 2] as const) : ([flags.table === '1' ? 1 : 2] as const);
    const samples = samplePaperTables(
      { train: frames(train), test: frames(test) },
      { seed: flags.seed, images: flags.imagesPerGroup, tables },
    );
    const facts = { split: description, seed: String(flags.seed), dataset: path };
    await showLists(dataset, samples, { out: flags.out, facts });
  });
}

async function showLists(
  dataset: RgbdDataset,
  lists: Record<string, string[]>,
  { out, facts }: { out: string | undefined; facts: Record<string, string> },
): Promise<void> {
  for (const [name, ids] of Object.entries(lists)) {
    if (ids.length === 0) continue;
    const scenes = new Set(ids.map((id) => dataset.frame(id).scene)).size;
    const file = out === undefined ? undefined : join(out, `${name}.txt`);
    if (file !== undefined) await writeFrameList(file, { ids, metadata: facts });
    console.log(
      `${name.padEnd(26)} ${String(ids.length).padStart(6)} frames of ${plural(scenes, 'scene')}  ${file ?? `${ids[0]}, …`}`,
    );
  }
}

async function withDataset(
  path: string,
  flags: OpenFlags,
  use: (dataset: RgbdDataset) => Promise<void>,
): Promise<void> {
  const { depth, frameStride, trainScenes, skipBad } = flags;
  const options = { depth, frameStride, trainScenes, pairs: checkLayout(layoutOfFlags(flags)) };
  const dataset = await openNyu(path, { ...options, onBadFrame: skipBad ? 'skip' : 'throw' });
  try {
    await use(dataset);
  } finally {
    await dataset.close();
  }
}
