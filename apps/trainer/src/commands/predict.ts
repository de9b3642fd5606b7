import { Command, InvalidArgumentError } from 'commander';
import type { PredictFlags } from '../predict/predict.js';
import type { Format } from '../predict/result-files.js';
import { parseShard } from '../run/shard.js';
import { cameraOptions, deviceOption, positiveNumber, precisionOption, queueOption } from './options.js';

const FORMATS = ['png16', 'npy', 'png', 'ply', 'glb'] as const satisfies readonly Format[];

/** `llm-mde predict`: the depth of images, as files. */
export function predictCommand(): Command {
  return cameraOptions(new Command('predict'))
    .description('predict the depth of images and write it as files')
    .usage('[options] [model] <images...>')
    .argument(
      '<paths...>',
      "a model, if it is not to be rooms-small: its name, the folder of a run or of a saved model, or owner/name of the Hugging Face hub; and images: files, folders, addresses, patterns such as 'photos/*.jpg', or - for standard input",
    )
    .option('--out <folder>', 'the folder for the results', 'predictions')
    .option(
      '--format <names>',
      `the files to write, separated by commas: ${FORMATS.join(', ')} (default: png16,png; of a model of relative depth npy,png)`,
      parseFormats,
    )
    .option(
      '--model <name>',
      "the model, instead of the first path: also others' in transformers.js' layout, such as onnx-community/depth-anything-v2-small",
    )
    .option('--scene <text>', "what the images show, such as 'kitchen', for models with prompts of the style scene")
    .option('--flip', 'test-time flip: average with the prediction of the flipped image; takes twice as long')
    .option(
      '--attention',
      'also write to a.json, and say, whether the patches attend to different words than others by more than chance, and to which; takes longer',
    )
    .option('--batch-size <number>', 'images per batch', positiveNumber, 4)
    .option('--overwrite', 'predict images again and replace their results')
    .option('--watch', 'go on with images that appear in the named folders, until Ctrl+C')
    .option('--shard <i/n>', 'predict only shard i of n (default: as set by SLURM or Kubernetes)', parseShard)
    .addOption(queueOption())
    .option('--job-size <number>', 'with --queue: images that a worker takes at once', positiveNumber, 300)
    .addOption(precisionOption())
    .addOption(deviceOption())
    .addHelpText(
      'after',
      `
Files for an image a.jpg:
  a.depth.png   png16: gray, 16 bits, millimetres
  a.npy         npy: float32, metres
  a.color.png   png: near is warm, far is cold, over the range of the image
  a.ply, a.glb  ply: a point cloud; glb: a mesh for browsers and phones. Both in the colors of the image
  a.json        prompt, class and range; source image and model; camera, if the model knows its camera; calibration, the factor of a
                calibrated model; meshStride n: the mesh has a vertex for every n-th pixel, so that it has at most 65,535; attention, if asked for

Examples:
  llm-mde predict kitchen.jpg
  llm-mde predict https://example.com/kitchen.jpg
  llm-mde predict someone/my-rooms photos --watch
  llm-mde predict runs/rooms-tiny kitchen.jpg
  llm-mde predict photos --model onnx-community/depth-anything-v2-small
  llm-mde predict runs/rooms-tiny photos --out depth --format png16,ply --fov 65
  llm-mde predict photos --out /shared/depth --queue redis://queue.local:6379
  cat kitchen.jpg | llm-mde predict runs/rooms-tiny -

Images whose results exist are skipped, so that the same command resumes where it stopped; results are never taken for images.
The exit code is 1 if an image failed.`,
    )
    .action(async (paths: string[], flags: PredictFlags) =>
      (await import('../predict/predict.js')).predict(paths, flags),
    );
}

function parseFormats(text: string): Format[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(FORMATS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`"${unknown}" is not one of ${FORMATS.join(', ')}.`);
  }
  return [...new Set(names as Format[])];
}
