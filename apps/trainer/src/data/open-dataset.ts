import { holdOutScenes, type NyuDataset, openNyu, readFrameList } from '@llm-mde/nyu';
import type { DataConfiguration } from '../configuration/training-configuration.js';
import { publishedSplit } from './dataset-parts.js';
import { embeddedRooms } from './embedded-rooms.js';

/** A data set and which of its frames are for what. No scene is in two parts. */
export interface OpenDataset {
  dataset: NyuDataset;
  /** Where it lies. */
  path: string;
  train: string[];
  validation: string[];
  test: string[];
}

/**
 * Opens the data of a configuration and parts its frames.
 *
 * @param onRender is told how many frames of the embedded data set are done, where it has to be rendered.
 * @throws {BadFileError} if there is no data set; RangeError if it can't be parted as asked for.
 */
export async function openDataset(
  configuration: DataConfiguration,
  onRender?: (done: number, total: number) => void,
): Promise<OpenDataset> {
  const { depth, every, onBadFrame, trainScenes } = configuration;
  const path = configuration.path ?? (await embeddedRooms(configuration.rooms, onRender));
  const dataset = await openNyu(path, { depth, every, onBadFrame, ...(trainScenes !== null && { trainScenes }) });
  try {
    return { dataset, path, ...(await partition(dataset, configuration)) };
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

async function partition(
  dataset: NyuDataset,
  configuration: DataConfiguration,
): Promise<Pick<OpenDataset, 'train' | 'validation' | 'test'>> {
  const named = {
    train: await listed(dataset, configuration.train),
    validation: await listed(dataset, configuration.validation),
    test: await listed(dataset, configuration.test),
  };
  const { training, test } =
    named.train && named.test ? { training: [], test: [] } : outerParts(dataset, configuration);
  const validation = { fraction: configuration.validationFraction, seed: configuration.splitSeed };
  const forTraining = named.train ?? training;
  // A sample of a few images, such as the paper's, is validated on scenes of the training part that it leaves out.
  const held = named.validation ? undefined : holdOut(dataset, forTraining, training, validation);
  const parts = {
    train: held?.train ?? forTraining,
    validation: named.validation ?? held!.validation,
    test: named.test ?? test,
  };
  checkScenes(dataset, parts);
  return parts;
}

/** The training part before validation is held out, and the test part. */
function outerParts(dataset: NyuDataset, { split, testFraction, splitSeed }: DataConfiguration) {
  const hasParts =
    dataset.frames.some(({ part }) => part === 'train') && dataset.frames.some(({ part }) => part === 'test');
  if (split === 'published' || (split === null && hasParts)) {
    const { train, test } = dataset.split(publishedSplit(dataset));
    return { training: train, test };
  }
  const drawn = holdOutScenes(dataset.frames, { fraction: testFraction, seed: splitSeed });
  return { training: drawn.train, test: drawn.validation };
}

function holdOut(
  dataset: NyuDataset,
  chosen: readonly string[],
  training: readonly string[],
  validation: { fraction: number; seed: number },
) {
  const inChosen = new Set(chosen.map((id) => dataset.frame(id).scene));
  const left = training.filter((id) => !inChosen.has(dataset.frame(id).scene));
  if (left.length > 0) {
    const count = Math.max(1, Math.round(validation.fraction * training.length));
    const frames = left.map((id) => dataset.frame(id));
    const fraction = Math.min(count / frames.length, 1 - 1e-9);
    const scenes = new Set(frames.map(({ scene }) => scene)).size;
    return {
      train: [...chosen],
      validation: scenes > 1 ? holdOutScenes(frames, { fraction, seed: validation.seed }).validation : left,
    };
  }
  return holdOutScenes(
    chosen.map((id) => dataset.frame(id)),
    validation,
  );
}

async function listed(dataset: NyuDataset, ids: string | readonly string[] | null): Promise<string[] | undefined> {
  if (ids === null) return undefined;
  const list = typeof ids === 'string' ? (await readFrameList(ids)).ids : [...ids];
  for (const id of list) dataset.frame(id);
  return list;
}

/** A model that has seen a scene in training is not tested on it. */
function checkScenes(
  dataset: NyuDataset,
  { train, validation, test }: Record<'train' | 'validation' | 'test', string[]>,
) {
  const trained = new Set(train.map((id) => dataset.frame(id).scene));
  for (const [name, ids] of Object.entries({ validation, test })) {
    const shared = ids.find((id) => trained.has(dataset.frame(id).scene));
    if (shared !== undefined) {
      throw new RangeError(
        `The frame ${shared} is in the ${name} part, but its scene is in the training part too: name other frames.`,
      );
    }
  }
}
