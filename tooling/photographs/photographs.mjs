// Measures models on real photographs with depth that no model was trained on, beside baselines that do not look at the image.
//
// The photographs are a folder with `manifest.jsonl`: one JSON object a line with `set`, `scene`, `image`, `depth` (paths inside the folder),
// `metresPerUnit` or `encoding`, `invalid` and `intrinsics` (see frames.mjs). Only figures leave this command, never a picture.
import { openDevice } from '@llm-mde/backend';
import { runCommand } from '../workspace/command.mjs';
import { baselines } from './baselines.mjs';
import { readFrames } from './frames.mjs';
import { modelAt } from './model-at.mjs';
import { scoreFrame, tables } from './scores.mjs';

await runCommand({
  name: 'npm run bench -- photographs',
  options: {
    'folder FOLDER': 'photographs with depth, described by its manifest.jsonl',
    'models LIST': 'folders of saved models or runs, comma separated (default: the baselines only)',
    'sets LIST': 'only these sets, comma separated',
    'least N': 'a set counts in the mean if it has so many frames (default: 4)',
    'max-depth METRES': 'truth beyond it is not compared (default: 10)',
    'training N': 'rendered frames whose mean is the baseline (default: 240)',
    int8: 'measure the models in 8 bits too',
    flip: 'average the prediction with that of the mirrored image',
  },
  async run({
    folder,
    models = '',
    sets,
    least = 4,
    training = 240,
    int8 = false,
    flip = false,
    'max-depth': maxDepth = 10,
  }) {
    if (!folder) throw new Error('Name the folder of photographs: --folder FOLDER, with a manifest.jsonl in it.');
    const { frames, skipped } = await readFrames(folder, sets?.split(','));
    for (const sentence of skipped) console.error(`Skipped: ${sentence}`);
    if (frames.length === 0) throw new Error(`No frame of ${folder} can be read.`);
    const predictors = await baselines(Number(training));
    const device = await openDevice();
    for (const path of models.split(',').filter(Boolean)) {
      predictors.push(await modelAt(path, device, { testTimeFlip: flip }));
      if (int8) predictors.push(await modelAt(path, device, { testTimeFlip: flip, precision: 'int8' }));
    }
    const scores = [];
    for (const { name, predict } of predictors) {
      for (const frame of frames) scores.push({ name, ...scoreFrame(frame, await predict(frame), Number(maxDepth)) });
      console.error(`Measured: ${name}`);
    }
    console.log(tables(scores, Number(least)));
    await device.close();
  },
});
