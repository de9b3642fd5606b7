import { configure, type LlmMdeOptions, type PresetName, preset } from 'llm-mde';
import { NO_LAYOUT } from './layout.js';
import type { TrainingConfiguration } from './schema.js';

/**
 * A training run by name.
 *
 * - `paper`: section III of the paper and scheme 3 of its Table V: batches of 32, 50 epochs, early stopping after 5 epochs, cosine annealing.
 * - `small`: pretrained towers on rendered rooms, with flips and variations of color.
 * - `tiny`: minutes on rendered rooms on a small machine, starting from the towers of the model that comes with llm-mde.
 */
export function trainingPreset(name: PresetName): TrainingConfiguration {
  const model = configure(preset(name), MODEL_CHANGES[name]);
  return structuredClone({ model, ...SECTIONS[name] });
}

/**
 * Fast on a small machine: short prompts, a head that ends at half the resolution, and no dropout, since a dozen epochs do not overfit. The
 * ranks are the paper's best (scheme 3 of Table V), relative to the towers' width.
 */
const MODEL_CHANGES: Record<PresetName, LlmMdeOptions> = {
  paper: {},
  small: {},
  tiny: {
    vision: { lora: { rank: 8, alpha: 16, dropout: 0 } },
    language: {
      lora: { rank: 3, alpha: 3, dropout: 0 },
      configuration: { ...preset('tiny').language.configuration!, hiddenDropout: 0, attentionDropout: 0 },
    },
    reprogramming: { dropout: 0 },
    prompt: { dataset: 'Photographs of rooms.', task: 'Find the depth.' },
    head: { projectedChannels: 64, channels: [48, 32], imageSkip: true },
    loss: { lambda: 0.5 },
    optimization: { ...preset('tiny').optimization, learningRate: 1e-3 },
  },
};

const DATA: TrainingConfiguration['data'] = {
  path: null,
  rooms: { count: 1008, width: 96, height: 72, seed: 0, variety: 'nyu' },
  depth: 'raw',
  splitBy: null,
  testFraction: 0.2,
  validationFraction: 0.1,
  splitSeed: 0,
  train: null,
  validation: null,
  test: null,
  trainScenes: null,
  frameStride: 1,
  ...NO_LAYOUT,
  depthSize: null,
  onBadFrame: 'throw',
  numWorkers: 1,
};

/** BTS's protocol. */
const EVALUATION: TrainingConfiguration['evaluation'] = {
  minDepth: 1e-3,
  maxDepth: 10,
  crop: 'eigen',
  alignment: 'none',
  testTimeFlip: false,
  batchSize: 8,
};

const TRAINING: TrainingConfiguration['training'] = {
  initFrom: null,
  epochs: 50,
  batchSize: 32,
  warmupSteps: 50,
  minLearningRate: 0,
  earlyStoppingPatience: 5,
  augmentation: {},
  featureCache: null,
  seed: 0,
  saveSteps: null,
};

/** Of the weights in fine-tuning: with few frames and small batches, single steps lead far to and fro. */
export const FINE_TUNING_AVERAGE_DECAY = 0.98;

/** For a few dozen photographs of one's own rooms, which one camera took in one light. */
export const FINE_TUNING = {
  epochs: 100,
  batchSize: 4,
  warmupSteps: 20,
  earlyStoppingPatience: 30,
  augmentation: { rotation: 5, zoom: 1.5, color: {} },
} satisfies Partial<TrainingConfiguration['training']>;

const SECTIONS: Record<PresetName, Omit<TrainingConfiguration, 'model'>> = {
  paper: { data: DATA, training: TRAINING, evaluation: EVALUATION },
  small: {
    data: {
      ...DATA,
      depthSize: [160, 120],
      rooms: { count: 3024, width: 320, height: 240, seed: 0, variety: 'mixed' },
    },
    training: {
      ...TRAINING,
      epochs: 3,
      batchSize: 8,
      augmentation: { rotation: 5, zoom: 1.7, color: false, photometric: {} },
    },
    evaluation: EVALUATION,
  },
  tiny: {
    data: DATA,
    training: {
      ...TRAINING,
      // Instead of weights from the hub; reprogramming and head are new, as with those.
      initFrom: { model: 'tiny', modules: ['vision', 'language'] },
      epochs: 12,
      batchSize: 8,
      warmupSteps: 60,
    },
    evaluation: EVALUATION,
  },
};
