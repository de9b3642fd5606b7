import type { DeviceName } from '@llm-mde/backend';
import { modelCardText, readModelCard } from 'llm-mde';
import { progressBar } from '../output/progress.js';
import { plural, UsageError } from '../output/sentences.js';
import { existingModel, findModel, modelDigest } from '../run/find-model.js';
import { inBatches, type Shard, shardFromEnvironment, shardOf } from '../run/shard.js';
import { withModel } from '../run/with-model.js';
import { cameraSentence } from './camera.js';
import { findInputs, isImages } from './find-inputs.js';
import { type PredictFilesOptions, predictFiles } from './predict-files.js';
import { removeLeftBehind } from './result-files.js';

export interface PredictFlags extends Omit<PredictFilesOptions, 'model' | 'digest' | 'batches' | 'onNote' | 'onImage'> {
  shard?: Shard;
  device: DeviceName | 'auto';
}

/** Predicts the named images and writes their results. */
export async function predict(paths: readonly string[], flags: PredictFlags): Promise<void> {
  const { checkpoint, named } = await modelAndImages(paths);
  const batches = shardOf(
    inBatches(await findInputs(named, flags.out), flags.batchSize),
    flags.shard ?? shardFromEnvironment(),
  );
  await removeLeftBehind(flags.out);
  const progress = progressBar();
  const onNote = (note: string) => progress.note(`llm-mde: ${note}`);
  await withModel(
    checkpoint,
    flags.device,
    async (model, device, folder) => {
      const card = await readModelCard(folder);
      const { predicted, present, failed, assumed } = await predictFiles({
        ...flags,
        model,
        digest: await modelDigest(folder),
        batches,
        onNote,
        onImage({ done, total, problem }) {
          if (problem !== undefined) progress.note(`llm-mde: ${problem}`);
          progress.show('predicting', done, total);
        },
      }).finally(progress.end);
      const notes = [present > 0 && `${present} skipped`, failed > 0 && `${failed} failed`].filter(Boolean);
      console.log(
        `Predicted ${predicted} of ${plural(predicted + present + failed, 'image')} into ${flags.out} on ${device.name}${notes.length > 0 ? `; ${notes.join(', ')}` : ''}.`,
      );
      if (predicted > 0) {
        const about = card ? `${modelCardText(card, model.configuration)} ` : '';
        console.log(about + cameraSentence(Boolean(model.configuration.camera), assumed));
      }
      if (failed > 0) process.exitCode = 1;
    },
    onNote,
  );
}

/** The folder of the model, if the first path names one, and the images. */
async function modelAndImages([first, ...others]: readonly string[]): Promise<{
  checkpoint?: string;
  named: string[];
}> {
  if (first === undefined) throw new UsageError('give images, folders of images or patterns.');
  const existing = existingModel(first);
  if (existing === undefined && (await isImages(first))) return { named: [first, ...others] };
  const checkpoint = existing ?? findModel(first);
  if (others.length === 0) throw new UsageError(`give images, folders of images or patterns after the model ${first}.`);
  return { checkpoint, named: others };
}
