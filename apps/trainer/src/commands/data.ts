import { join } from 'node:path';
import { type OpenOptions, openNyu, samplePaperTables } from '@llm-mde/nyu';
import { type RgbdDataset, writeFrameList } from '@llm-mde/rgbd';
import { Command, InvalidArgumentError, Option } from 'commander';
import { convertDataset } from '../data/convert-dataset.js';
import { datasetParts } from '../data/dataset-parts.js';
import { datasetText, inspectDataset } from '../data/inspect-dataset.js';
import { WRITABLE_FORMATS, type WritableFormat } from '../data/write-dataset.js';
import { writeRooms } from '../data/write-rooms.js';
import { progressLine } from '../terminal/progress-line.js';
import { wholeNumber } from './options.js';

/** `llm-mde data`: make, look at, convert and part data sets. */
export function dataCommand(): Command {
  const data = new Command('data')
    .description('make, look at, convert and part data sets')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data rooms my-rooms --count 168 --size 160x120
  llm-mde data inspect nyu_depth_v2_labeled.mat
  llm-mde data convert my-rooms my-pairs --format pairs
  llm-mde data samples nyu --table 1 --out lists`,
    );
  const commands = [roomsCommand(), inspectCommand(), convertCommand(), splitsCommand(), samplesCommand()];
  for (const command of commands)
    data.addCommand(command.showHelpAfterError(`Run llm-mde data ${command.name()} --help to see what there is.`));
  return data;
}

function roomsCommand(): Command {
  return new Command('rooms')
    .description('render rooms of all 28 scene types into a data set')
    .argument('<folder>', 'an empty folder, or one that is not there yet')
    .addOption(
      new Option('--format <name>', 'the form to write').choices([...WRITABLE_FORMATS, 'raw-dump']).default('labeled'),
    )
    .option('--count <number>', 'how many frames; three show the same room', wholeNumber, 84)
    .option('--seed <number>', 'another seed, other rooms', wholeNumber, 0)
    .addOption(
      new Option('--size <width>x<height>', 'pixels of a frame')
        .argParser(parseSize)
        .default({ width: 640, height: 480 }, '640x480'),
    )
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data rooms my-rooms
  llm-mde data rooms small --format lists --count 168 --size 160x120 --seed 7
  llm-mde data rooms dump --format raw-dump --count 16     then: --train-scenes dump/train-scenes.txt`,
    )
    .action(async (folder: string, { format, count, seed, size }) => {
      const progress = progressLine();
      const onFrame = (done: number) => progress.show(`${done} of ${count} frames`);
      const written = await writeRooms(folder, format, { count, seed, ...size, onFrame });
      progress.clear();
      console.log(`Wrote ${written} frames to ${folder}.`);
    });
}

function inspectCommand(): Command {
  return openOptions(
    new Command('inspect').description('say what a data set has in it').argument('<path>', 'the data set'),
  )
    .option('--frame <id>', 'the frame to read (default: the one in the middle)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data inspect nyu_depth_v2_labeled.mat
  llm-mde data inspect my-pairs --frame kitchen_0001/a --json`,
    )
    .action(async (path: string, flags) => {
      await withDataset(path, flags, async (dataset) => {
        const facts = await inspectDataset(dataset, flags.frame);
        console.log(flags.json ? JSON.stringify(facts, null, 2) : datasetText(facts));
      });
    });
}

function convertCommand(): Command {
  return openOptions(new Command('convert').description('write a data set in another form'))
    .argument('<from>', 'the data set')
    .argument('<to>', 'an empty folder, or one that is not there yet')
    .addOption(new Option('--format <name>', 'the form to write').choices(WRITABLE_FORMATS).makeOptionMandatory())
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data convert nyu_depth_v2_labeled.mat pairs --format pairs
  llm-mde data convert raw labeled --format labeled --depth filled --every 7 --train-scenes train.txt

Depth is written as it is opened: with its holes, or filled with --depth filled. Scenes keep their part; where the files have no split, a fifth
of the frames, in whole scenes, are for testing.`,
    )
    .action(async (from: string, to: string, flags) => {
      await withDataset(from, flags, async (dataset) => {
        const progress = progressLine();
        const { written, split } = await convertDataset(dataset, to, flags.format as WritableFormat, {
          skipBad: flags.skipBad === true,
          onFrame: (done) => progress.show(`${done} of ${dataset.frames.length} frames`),
          onBadFrame(error) {
            progress.clear();
            console.error(`llm-mde: left out. ${error.message}`);
          },
        });
        progress.clear();
        console.log(`Wrote ${written} of ${dataset.frames.length} frames to ${to}, parted by ${split}.`);
      });
    });
}

function splitsCommand(): Command {
  return openOptions(
    new Command('splits').description('list training and test frames').argument('<path>', 'the data set'),
  )
    .option('--seed <number>', 'which scenes are held out, where the files have no split', wholeNumber, 0)
    .option('--out <folder>', 'write each part as a list, for --set data.train=… and the like')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data splits nyu
  llm-mde data splits my-pairs --seed 3 --out lists`,
    )
    .action(async (path: string, flags: SplitFlags) => {
      await withDataset(path, flags, async (dataset) => {
        const { split, ...parts } = datasetParts(dataset, { seed: flags.seed });
        await showLists(dataset, parts, { out: flags.out, facts: { split, 'data set': path } });
        console.log(`Parted by ${split}.`);
      });
    });
}

function samplesCommand(): Command {
  return openOptions(
    new Command('samples')
      .description("draw the frames for the paper's Tables I and II")
      .argument('<path>', 'the data set'),
  )
    .addOption(new Option('--table <number>', 'only those of one table').choices(['1', '2']))
    .option('--seed <number>', 'other frames', wholeNumber, 0)
    .option('--images <number>', 'images of a k-shot group', wholeNumber, 100)
    .option('--out <folder>', 'write each sample as a list')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data samples nyu --seed 1 --out lists
  llm-mde data samples my-rooms --images 8 --table 1`,
    )
    .action(async (path: string, flags: SplitFlags & { table?: '1' | '2'; images: number }) => {
      await withDataset(path, flags, async (dataset) => {
        const { train, test, split } = datasetParts(dataset, { seed: flags.seed });
        const frames = (ids: string[]) => ids.map((id) => dataset.frame(id));
        const tables = flags.table === undefined ? ([1, 2] as const) : ([flags.table === '1' ? 1 : 2] as const);
        const samples = samplePaperTables(
          { train: frames(train), test: frames(test) },
          { seed: flags.seed, images: flags.images, tables },
        );
        const facts = { split, seed: String(flags.seed), 'data set': path };
        await showLists(dataset, samples, { out: flags.out, facts });
      });
    });
}

interface SplitFlags extends OpenFlags {
  seed: number;
  out?: string;
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
      `${name.padEnd(26)} ${String(ids.length).padStart(6)} frames of ${scenes} scenes  ${file ?? `${ids[0]}, …`}`,
    );
  }
}

interface OpenFlags {
  depth: 'raw' | 'filled';
  every: number;
  trainScenes?: string;
  skipBad?: true;
}

function openOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--depth <kind>', 'with holes as measured, or filled').choices(['raw', 'filled']).default('raw'),
    )
    .option('--every <number>', "of a raw dump's scene, take only each so many-th frame", wholeNumber, 1)
    .option('--train-scenes <file>', 'names of the training scenes of a raw dump, one on each line')
    .option('--skip-bad', 'leave out what cannot be read');
}

async function withDataset(
  path: string,
  flags: OpenFlags,
  use: (dataset: RgbdDataset) => Promise<void>,
): Promise<void> {
  const options: OpenOptions = {
    depth: flags.depth,
    frameStride: flags.every,
    onBadFrame: flags.skipBad ? 'skip' : 'throw',
    ...(flags.trainScenes !== undefined && { trainScenes: flags.trainScenes }),
  };
  const dataset = await openNyu(path, options);
  try {
    await use(dataset);
  } finally {
    await dataset.close();
  }
}

function parseSize(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (!width || !height) throw new InvalidArgumentError('It should be width x height, such as 160x120.');
  return { width: Number(width), height: Number(height) };
}
