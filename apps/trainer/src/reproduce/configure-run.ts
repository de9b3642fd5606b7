import { sampleOnePerSceneType, sampleShots, sampleZeroShot } from '@llm-mde/nyu';
import { holdOutScenes, type RgbdDataset } from '@llm-mde/rgbd';
import {
  configure,
  HYPERPARAMETER_SCHEMES,
  type HyperparameterScheme,
  type LlmMdeOptions,
  type LoraTowerConfiguration,
  type PresetName,
} from 'llm-mde';
import type { TrainingConfiguration } from '../config/schema.js';
import type { Splits } from '../data/split.js';
import type { RunName } from './paper-tables.js';

export interface ReproductionSettings {
  preset: PresetName;
  /** Of all runs; the scheme of each is applied on top. */
  base: TrainingConfiguration;
  /** The dataset of `base`, opened and split. */
  data: Splits & { dataset: Pick<RgbdDataset, 'frame'> };
  seed: number;
  /** Images per k-shot group. */
  imagesPerGroup: number;
}

/**
 * How large the paper's numbers are in a preset. `tiny` has towers a twelfth as wide as ViT-base and BERT-base (64 instead of 768), so ranks
 * are a twelfth, at the same alpha / rank; its batches are a quarter, and its learning rate goes with the preset's own. `small` has towers half as
 * wide, and batches of a quarter too.
 */
const SCALES: Record<PresetName, { rank: number; batchSize: number }> = {
  paper: { rank: 1, batchSize: 1 },
  small: { rank: 1 / 2, batchSize: 1 / 4 },
  tiny: { rank: 1 / 12, batchSize: 1 / 4 },
};

/** Scheme 3, which is every run that does not say otherwise. */
const BEST = HYPERPARAMETER_SCHEMES[3];

/** The configuration of one of the paper's runs. */
export function configureRun(run: RunName, settings: ReproductionSettings): TrainingConfiguration {
  const { preset, base, seed } = settings;
  const number = /^scheme-(\d)$/.exec(run)?.[1] as keyof typeof HYPERPARAMETER_SCHEMES | undefined;
  const scheme: HyperparameterScheme = number === undefined ? BEST : HYPERPARAMETER_SCHEMES[number];
  const scaled = scaleScheme(scheme, preset);
  const learningRate = base.model.optimization.learningRate * (scheme.learningRate / BEST.learningRate);
  return {
    ...base,
    model: configure(base.model, scaled.options, MODEL_CHANGES[run] ?? {}, { seed, optimization: { learningRate } }),
    data: { ...base.data, ...sampleOf(run, settings) },
    training: { ...base.training, batchSize: scaled.batchSize, seed },
  };
}

const MODEL_CHANGES: Partial<Record<RunName, LlmMdeOptions>> = {
  'fixed-prompt': { prompt: { style: 'fixed' } },
  'no-prompt': { prompt: { style: 'none' } },
  'no-language-model': { prompt: { style: 'none' }, language: { mode: 'absent', lora: null } },
  frozen: { vision: { lora: null }, language: { lora: null } },
  'frozen-language': { language: { lora: null } },
};

function scaleScheme({ batchSize, options }: HyperparameterScheme, preset: PresetName) {
  const scale = SCALES[preset];
  const lora = (tower: 'vision' | 'language') => scaleLora(options[tower]!.lora!, scale.rank);
  return {
    batchSize: Math.round(batchSize * scale.batchSize),
    options: { vision: { lora: lora('vision') }, language: { lora: lora('language') } } satisfies LlmMdeOptions,
  };
}

function scaleLora({ rank, alpha, dropout }: LoraTowerConfiguration, scale: number): LoraTowerConfiguration {
  const scaled = Math.max(1, Math.round(rank * scale));
  return { rank: scaled, alpha: (alpha / rank) * scaled, dropout };
}

/** The frames of Tables I and II; the other runs use the whole training split. */
function sampleOf(
  run: RunName,
  { data, seed, imagesPerGroup }: ReproductionSettings,
): Partial<TrainingConfiguration['data']> {
  const frames = (ids: readonly string[]) => ids.map((id) => data.dataset.frame(id));
  const training = frames([...data.train, ...data.validation]);
  const shots = /^(\d)-shot$/.exec(run)?.[1];
  if (shots !== undefined) {
    return { train: sampleShots(training, { shots: Number(shots), images: imagesPerGroup, seed }) };
  }
  if (run === 'few-shot') return { train: sampleOnePerSceneType(training, { seed }) };
  if (run !== 'zero-shot') return {};
  const { train, test } = sampleZeroShot({ train: training, test: frames(data.test) }, { seed });
  // Validation frames are of the same type, too: a model selected by its loss on the others would have seen them.
  const splits = holdOutScenes(frames(train), { fraction: 0.2, seed });
  return { ...splits, test: Object.values(test).flat() };
}
