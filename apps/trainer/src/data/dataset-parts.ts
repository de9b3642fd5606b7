import { holdOutScenes, type NyuDataset, type SplitName } from '@llm-mde/nyu';

export interface DatasetParts {
  train: string[];
  test: string[];
  holdout: string[];
  /** How they came about, in words. */
  split: string;
}

/** Held out for testing where no split is published. */
const TEST_SHARE = 0.2;

/**
 * The frames of a data set by its published split; where the files have none, a fifth of the frames, in whole scenes, are for testing.
 *
 * @param name @default the one that this form of the data set has
 */
export function datasetParts(
  dataset: NyuDataset,
  { name, seed = 0 }: { name?: SplitName; seed?: number } = {},
): DatasetParts {
  if (name === undefined && dataset.frames.every(({ part }) => part === undefined)) {
    const { train, validation } = holdOutScenes(dataset.frames, { fraction: TEST_SHARE, seed });
    return {
      train,
      test: validation,
      holdout: [],
      split: `scenes held out here (seed ${seed}), for the files have no split`,
    };
  }
  const published = name ?? publishedSplit(dataset);
  const { train, test, holdout } = dataset.split(published);
  return { train, test, holdout, split: `the split "${published}"` };
}

/** The published split that this form of the data set has. */
export function publishedSplit({ format }: NyuDataset): SplitName {
  return format === 'shards' || format === 'raw-dump' ? 'eigen' : 'official';
}
