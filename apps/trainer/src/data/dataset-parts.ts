import { holdOutScenes, type RgbdDataset } from '@llm-mde/rgbd';

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
 */
export function datasetParts(dataset: RgbdDataset, { seed = 0 }: { seed?: number } = {}): DatasetParts {
  if (dataset.frames.every(({ split }) => split === undefined)) {
    const { train, validation } = holdOutScenes(dataset.frames, { fraction: TEST_SHARE, seed });
    return {
      train,
      test: validation,
      holdout: [],
      split: `scenes held out here (seed ${seed}), for the files have no split`,
    };
  }
  const { train, test, holdout } = dataset.split();
  return { train, test, holdout, split: 'the published split' };
}
