import { type DeviceName, openDevice } from '@llm-mde/backend';
import type { Intrinsics } from '@llm-mde/depth-maps';
import { Command, InvalidArgumentError } from 'commander';
import { LlmMde } from 'llm-mde';
import { inBatches } from '../batches.js';
import { parseFieldOfView, parseIntrinsics } from '../predict/camera.js';
import { findInputs } from '../predict/find-inputs.js';
import { findModel, modelDigest } from '../predict/find-model.js';
import { predictFiles } from '../predict/predict-files.js';
import { FORMATS, type Format } from '../predict/result-files.js';
import { parseShard, type Shard, shardFromEnvironment, shardOf } from '../shard.js';
import { progressLine } from '../terminal/progress-line.js';
import { deviceOption, positiveNumber } from './options.js';

interface PredictFlags {
  out: string;
  format: Format[];
  intrinsics?: Intrinsics;
  fov?: number;
  flip?: true;
  batch: number;
  overwrite?: true;
  shard?: Shard;
  device: DeviceName | 'auto';
}

/** `llm-mde predict`: depth of any images, as files. */
export function predictCommand(): Command {
  return new Command('predict')
    .description('predict the depth of images and write it as files')
    .argument('<checkpoint>', 'the folder of a run, or of a saved model')
    .argument(
      '<inputs...>',
      "images, folders of images, patterns such as 'photos/*.jpg', or - for an image on standard input",
    )
    .option('--out <folder>', 'folder for the results', 'predictions')
    .option('--format <names>', `which files to write, separated by commas: ${FORMATS.join(', ')}`, parseFormats, [
      'png16',
      'png',
    ])
    .option('--intrinsics <fx,fy,cx,cy>', 'the camera of the images in pixels, for ply and glb', parseIntrinsics)
    .option('--fov <degrees>', "the camera's field of view across the longer side, for ply and glb", parseFieldOfView)
    .option('--flip', 'predict the mirrored image too and average: a little better for twice the time')
    .option('--batch <number>', 'images predicted together', positiveNumber, 4)
    .option('--overwrite', 'predict again what is there already')
    .option('--shard <i/n>', 'do part i of n; as SLURM and Kubernetes say in the environment unless given', parseShard)
    .addOption(deviceOption())
    .addHelpText(
      'after',
      `
Files, of an image a.jpg:
  a.depth.png   png16: gray, 16 bits, millimetres
  a.npy         npy: float32, metres
  a.color.png  png: near is warm, far is cold, over the image's own range
  a.ply, a.glb  ply: a point cloud; glb: a surface that browsers and phones show. Both with the image's colors
  a.json        prompt, class, range; which image and model it is of

Examples:
  llm-mde predict runs/rooms-tiny kitchen.jpg
  llm-mde predict runs/rooms-tiny photos --out depth --format png16,ply --fov 65
  cat kitchen.jpg | llm-mde predict runs/rooms-tiny -

What is there already is not predicted again, so that the same command goes on where it stopped.
The exit code is 1 if an image could not be read.`,
    )
    .action(predict);
}

async function predict(checkpoint: string, named: string[], flags: PredictFlags): Promise<void> {
  const folder = findModel(checkpoint);
  const batches = shardOf(inBatches(await findInputs(named), flags.batch), flags.shard ?? shardFromEnvironment());
  const device = await openDevice({ device: flags.device });
  const progress = progressLine();
  const { predicted, present, failed } = await predictFiles({
    model: await LlmMde.load(folder, { compiler: device.compile }),
    digest: await modelDigest(folder),
    batches,
    out: flags.out,
    formats: flags.format,
    testTimeFlip: flags.flip === true,
    batchSize: flags.batch,
    overwrite: flags.overwrite === true,
    camera: {
      ...(flags.intrinsics && { intrinsics: flags.intrinsics }),
      ...(flags.fov !== undefined && { fieldOfView: flags.fov }),
    },
    onImage({ done, total, problem }) {
      progress.clear();
      if (problem !== undefined) console.error(`llm-mde: ${problem}`);
      progress.show(`${done} of ${total}`);
    },
  });
  progress.clear();
  const notes = [present > 0 && `${present} were there already`, failed > 0 && `${failed} failed`].filter(Boolean);
  console.log(
    `Predicted ${predicted} of ${predicted + present + failed} images into ${flags.out} on ${device.name}${notes.length > 0 ? `; ${notes.join(', ')}` : ''}.`,
  );
  if (failed > 0) process.exitCode = 1;
}

function parseFormats(text: string): Format[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(FORMATS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`"${unknown}" is none of ${FORMATS.join(', ')}.`);
  }
  return [...new Set(names as Format[])];
}
