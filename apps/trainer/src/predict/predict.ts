import { type DeviceName, openDevice } from '@llm-mde/backend';
import type { Intrinsics } from '@llm-mde/depth-maps';
import { LlmMde } from 'llm-mde';
import { progressBar } from '../output/progress.js';
import { findModel, modelDigest } from '../run/find-model.js';
import { inBatches, type Shard, shardFromEnvironment, shardOf } from '../run/shard.js';
import { findInputs } from './find-inputs.js';
import { predictFiles } from './predict-files.js';
import type { Format } from './result-files.js';

export interface PredictFlags {
  out: string;
  format: Format[];
  intrinsics?: Intrinsics;
  fov?: number;
  flip?: true;
  batchSize: number;
  overwrite?: true;
  shard?: Shard;
  device: DeviceName | 'auto';
}

/** Predicts the named images and writes their results. */
export async function predict(checkpoint: string, named: string[], flags: PredictFlags): Promise<void> {
  const folder = findModel(checkpoint);
  const batches = shardOf(inBatches(await findInputs(named), flags.batchSize), flags.shard ?? shardFromEnvironment());
  const device = await openDevice({ device: flags.device });
  const model = await LlmMde.load(folder, { compiler: device.compile });
  const progress = progressBar();
  try {
    const { predicted, present, failed } = await predictFiles({
      model,
      digest: await modelDigest(folder),
      batches,
      out: flags.out,
      formats: flags.format,
      testTimeFlip: flags.flip === true,
      batchSize: flags.batchSize,
      overwrite: flags.overwrite === true,
      camera: { intrinsics: flags.intrinsics, fieldOfView: flags.fov },
      onImage({ done, total, problem }) {
        if (problem !== undefined) progress.note(`llm-mde: ${problem}`);
        progress.show('predicting', done, total);
      },
    });
    progress.end();
    const notes = [present > 0 && `${present} skipped`, failed > 0 && `${failed} failed`].filter(Boolean);
    console.log(
      `Predicted ${predicted} of ${predicted + present + failed} images into ${flags.out} on ${device.name}${notes.length > 0 ? `; ${notes.join(', ')}` : ''}.`,
    );
    if (failed > 0) process.exitCode = 1;
  } finally {
    progress.end();
  }
}
