import { basename } from 'node:path';
import { replaceListedFile } from '@llm-mde/checkpoints';
import { type LlmMdeConfiguration, MODEL_CARD_FILE, type ModelCard } from 'llm-mde';
import { encodeJson } from '../config/json-file.js';
import type { TrainingConfiguration } from '../config/schema.js';
import type { RunResults } from '../evaluate/results.js';
import { plural } from '../output/sentences.js';
import { modelReadme, README_FILE } from './readme.js';
import { trainingCommand, withoutFolders } from './training-command.js';

/** What a run's model was trained on and what it is worth: all that its card says, `README.md` included. */
export async function modelCard(
  { frames, sharesScenes, model, meanPerPixel }: Pick<RunResults, 'frames' | 'sharesScenes' | 'model' | 'meanPerPixel'>,
  trained: number,
  configuration: TrainingConfiguration,
): Promise<ModelCard> {
  const { data, training, evaluation } = configuration;
  const name = data.path === null ? 'rendered rooms only' : basename(data.path);
  const from = training.initFrom ? `, from the model ${withoutFolders(training.initFrom.model)}` : '';
  const { delta1, absRel, rmse } = model.metrics;
  // Aligned errors are not of metres.
  const isKnown = evaluation.alignment === 'none' && Number.isFinite(absRel);
  const baseline = meanPerPixel.metrics;
  return {
    trainedOn: `${name} (${plural(trained, 'frame')}${from})`,
    ...(isKnown && {
      test: {
        ...{ frames, delta1, absRel, rmse },
        ...((sharesScenes ?? data.splitBy === 'frame') && { seenScenes: true }),
        ...(Number.isFinite(baseline.absRel) && {
          baseline: { delta1: baseline.delta1, absRel: baseline.absRel, rmse: baseline.rmse },
        }),
      },
    }),
    command: await trainingCommand(configuration),
  };
}

/** Writes a card into the folder of a saved model: as data, and as the page that people read. Both are listed in its `SHA256SUMS`. */
export async function writeModelCard(
  folder: string,
  card: ModelCard,
  configuration: LlmMdeConfiguration,
): Promise<void> {
  await replaceListedFile(folder, MODEL_CARD_FILE, encodeJson(card));
  await replaceListedFile(folder, README_FILE, new TextEncoder().encode(modelReadme({ card, configuration })));
}
