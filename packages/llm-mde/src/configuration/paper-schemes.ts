import type { LlmMdeOptions } from './configuration.js';

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
