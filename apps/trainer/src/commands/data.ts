import { Command, InvalidArgumentError, Option } from 'commander';
import type { ConvertFlags, InspectFlags, RoomsFlags, SampleFlags, SplitFlags } from '../data/run-data.js';
import type { WritableFormat } from '../data/write.js';
import type { LabelFlags } from '../label/label.js';
import { deviceOption, layoutOptions, positiveNumber, wholeNumber } from './options.js';

const WRITABLE_FORMATS = ['labeled', 'lists', 'shards', 'pairs'] as const satisfies readonly WritableFormat[];

/** Loaded when a command runs. */
const work = () => import('../data/run-data.js');

/** `llm-mde data`: create, inspect, convert and split datasets. */
export function dataCommand(): Command {
  const data = new Command('data')
    .description('create, inspect, convert and split datasets')
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
  const commands = [
    roomsCommand(),
    inspectCommand(),
    convertCommand(),
    splitsCommand(),
    samplesCommand(),
    labelCommand(),
  ];
  for (const command of commands)
    data.addCommand(command.showHelpAfterError(`Run llm-mde data ${command.name()} --help for its options.`));
  return data;
}

function roomsCommand(): Command {
  return new Command('rooms')
    .description('render rooms of all 28 scene types as a dataset')
    .argument('<folder>', 'an empty or new folder')
    .addOption(
      new Option('--format <name>', 'the format to write')
        .choices([...WRITABLE_FORMATS, 'raw-dump'])
        .default('labeled'),
    )
    .option('--count <number>', 'number of frames; three show the same room', wholeNumber, 84)
    .option('--seed <number>', 'seed of the rooms', wholeNumber, 0)
    .addOption(
      new Option(
        '--variety <name>',
        "nyu: NYU's camera and rooms; wide: any camera, space and light; mixed: rooms of both kinds (the last two in pairs or lists)",
      )
        .choices(['nyu', 'wide', 'mixed'])
        .default('nyu'),
    )
    .addOption(
      new Option('--size <width>x<height>', 'size of a frame in pixels')
        .argParser(parseSize)
        .default({ width: 640, height: 480 }, '640x480'),
    )
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data rooms my-rooms
  llm-mde data rooms small --format lists --count 168 --size 160x120 --seed 7
  llm-mde data rooms wide --variety wide --format pairs --count 1500 --size 320x240
  llm-mde data rooms dump --format raw-dump --count 16     then: --train-scenes dump/train-scenes.txt`,
    )
    .action(async (folder: string, flags: RoomsFlags) => (await work()).renderRooms(folder, flags));
}

function inspectCommand(): Command {
  return openOptions(new Command('inspect').description('summarize a dataset').argument('<path>', 'the dataset'))
    .option('--frame <id>', 'the frame to read (default: the middle one)')
    .option('--sheet <file>', 'write a PNG with some images and their depth')
    .option('--write', 'draft a dataset.yaml that describes the folder')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data inspect nyu_depth_v2_labeled.mat
  llm-mde data inspect my-scan --sheet sheet.png --write
  llm-mde data inspect my-pairs --frame kitchen_0001/a --json`,
    )
    .action(async (path: string, flags: InspectFlags) => (await work()).inspect(path, flags));
}

function convertCommand(): Command {
  return openOptions(new Command('convert').description('write a dataset in another format'))
    .argument('<from>', 'the dataset')
    .argument('<to>', 'an empty or new folder')
    .addOption(new Option('--format <name>', 'the format to write').choices(WRITABLE_FORMATS).makeOptionMandatory())
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data convert nyu_depth_v2_labeled.mat pairs --format pairs
  llm-mde data convert raw labeled --format labeled --depth filled --frame-stride 7 --train-scenes train.txt

Depth is written as measured, or filled in with --depth filled. Frames keep their split; if the files have none, a fifth of the
frames, in whole scenes, is for testing.`,
    )
    .action(async (from: string, to: string, flags: ConvertFlags) => (await work()).convert(from, to, flags));
}

function splitsCommand(): Command {
  return openOptions(
    new Command('splits').description('list the training and test frames').argument('<path>', 'the dataset'),
  )
    .option('--seed <number>', 'seed of the random split, if the files have no split', wholeNumber, 0)
    .option('--out <folder>', 'write each split as a list, for --set data.train=…')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data splits nyu
  llm-mde data splits my-pairs --seed 3 --out lists`,
    )
    .action(async (path: string, flags: SplitFlags) => (await work()).listSplits(path, flags));
}

function samplesCommand(): Command {
  return openOptions(
    new Command('samples')
      .description("sample the frames for the paper's Tables I and II")
      .argument('<path>', 'the dataset'),
  )
    .addOption(new Option('--table <number>', 'only the samples of one table').choices(['1', '2']))
    .option('--seed <number>', 'seed of the samples', wholeNumber, 0)
    .option('--images-per-group <number>', 'images per k-shot group', wholeNumber, 100)
    .option('--out <folder>', 'write each sample as a list')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data samples nyu --seed 1 --out lists
  llm-mde data samples my-rooms --images-per-group 8 --table 1`,
    )
    .action(async (path: string, flags: SampleFlags) => (await work()).listSamples(path, flags));
}

function labelCommand(): Command {
  return new Command('label')
    .description('label photos with the depth that a teacher predicts: images and depth maps to train on')
    .argument('<photos...>', "files, folders, or patterns such as 'photos/*.jpg'")
    .requiredOption(
      '--teacher <model>',
      "a model: our own, or others' in transformers.js' layout, by folder or by its name on the hub",
    )
    .requiredOption('--out <folder>', 'a new or empty folder, or one that this command began')
    .option(
      '--range <nearest,farthest>',
      'for a teacher of relative depth: how far the nearest and the farthest pixel of each photo are, in metres',
      parseRange,
    )
    .option('--size <pixels>', 'reduce photos whose longer side is longer', positiveNumber, 1024)
    .addOption(deviceOption())
    .addHelpText(
      'after',
      `
Examples:
  llm-mde data label photos --teacher rooms-small --out labeled
  llm-mde data label photos --teacher onnx-community/depth-anything-v2-small --range 0.5,6 --out labeled

The folder that a photo lies in is its scene. The same command resumes where it stopped. A photo that cannot be read is named and skipped; the exit
code is then 1. Mind the teacher's license, which is said at the end.`,
    )
    .action(async (photos: string[], flags: LabelFlags) => (await import('../label/label.js')).label(photos, flags));
}

function openOptions(command: Command): Command {
  return layoutOptions(command)
    .addOption(
      new Option('--depth <kind>', 'depth as measured, or with missing depth filled in')
        .choices(['raw', 'filled'])
        .default('raw'),
    )
    .option('--frame-stride <number>', 'raw dump: keep every n-th frame of a scene', wholeNumber, 1)
    .option('--train-scenes <file>', 'raw dump: a text file with one training scene per line')
    .option('--skip-bad', 'skip frames that cannot be read');
}

function parseRange(text: string): [number, number] {
  const [nearest, farthest, ...others] = text.split(',').map(Number);
  if (others.length === 0 && nearest! > 0 && farthest! > nearest! && farthest! <= 65.534) return [nearest!, farthest!];
  throw new InvalidArgumentError('Must be <nearest>,<farthest> in metres, up to 65.534, such as 0.5,6.');
}

function parseSize(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (!width || !height) throw new InvalidArgumentError('Must be <width>x<height>, such as 160x120.');
  return { width: Number(width), height: Number(height) };
}
