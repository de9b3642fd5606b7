import type { LlmMdeOptions } from './configuration.js';

const VISION_LORA = { rank: 96, alpha: 192, dropout: 0 };
const LANGUAGE_LORA = { rank: 32, alpha: 32, dropout: 0 };

/** Table III: the prompt ablation, for `configure(preset('paper'), PROMPT_ABLATION.B)`. */
export const PROMPT_ABLATION = {
  A: { prompt: { style: 'adaptive' } },
  B: { prompt: { style: 'fixed' } },
  C: { prompt: { style: 'none' } },
} as const satisfies Record<string, LlmMdeOptions>;

/** Table IV: which towers have adapters. Scheme 1 freezes both, scheme 2 adapts the ViT, scheme 3 both. */
export const LORA_SCHEMES = {
  1: { vision: { lora: null }, language: { lora: null } },
  2: { vision: { lora: VISION_LORA }, language: { lora: null } },
  3: { vision: { lora: VISION_LORA }, language: { lora: LANGUAGE_LORA } },
} as const satisfies Record<number, LlmMdeOptions>;

/** Table V: alpha and rank of the ViT, rank of BERT (its alpha is not given; here it equals the rank), batch size and learning rate. */
export const HYPERPARAMETER_SCHEMES = {
  1: hyperparameters(120, 60, 32, 32, 2e-5),
  2: hyperparameters(192, 192, 32, 32, 2e-5),
  3: hyperparameters(192, 96, 32, 32, 2e-5),
  4: hyperparameters(192, 96, 32, 32, 1e-4),
  5: hyperparameters(192, 96, 32, 16, 2e-5),
  6: hyperparameters(320, 160, 32, 32, 2e-5),
  7: hyperparameters(192, 96, 16, 32, 2e-5),
  8: hyperparameters(192, 96, 32, 48, 2e-5),
} as const;

export interface HyperparameterScheme {
  batchSize: number;
  learningRate: number;
  /** For `configure`. */
  options: LlmMdeOptions;
}

function hyperparameters(
  alpha: number,
  rank: number,
  languageRank: number,
  batchSize: number,
  learningRate: number,
): HyperparameterScheme {
  return {
    batchSize,
    learningRate,
    options: {
      vision: { lora: { rank, alpha, dropout: 0 } },
      language: { lora: { rank: languageRank, alpha: languageRank, dropout: 0 } },
    },
  };
}
