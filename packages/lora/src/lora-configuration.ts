import { type NumberedLayers, type NumberedLayersOptions, resolveNumberedLayers } from './numbered-layers.js';
import type { TargetModules } from './target-modules.js';

export interface LoraOptions extends NumberedLayersOptions {
  /** Rank r of the update; PEFT's `r`. @default 8 */
  rank?: number;
  /** Numerator of the scale; PEFT's `lora_alpha`. @default 8 */
  alpha?: number;
  /** Probability with which elements of the branch's input are dropped in training; PEFT's `lora_dropout`. @default 0 */
  dropout?: number;
  /** Scale by alpha / √rank instead of alpha / rank (Kalajdzievski 2023, arXiv 2312.03732); PEFT's `use_rslora`. @default false */
  rankStabilized?: boolean;
  /**
   * Which Linear layers to adapt; PEFT's `target_modules`. By default query and value in ViT, DINOv2, Llama and Qwen2, query, key and
   * value in BERT, and what computes all three in GPT-2; other modules have no default.
   */
  targetModules?: TargetModules;
}

/** The numbers of one adapter. */
export interface LoraConfiguration
  extends Readonly<Required<Omit<LoraOptions, 'targetModules' | keyof NumberedLayersOptions>>> {
  /** The layers that were chosen by number, if they were. */
  readonly numberedLayers?: NumberedLayers;
}

/**
 * Fills in the defaults.
 * @throws if a number is out of range.
 */
export function resolveConfiguration(options: LoraOptions): LoraConfiguration {
  const { rank = 8, alpha = 8, dropout = 0, rankStabilized = false } = options;
  if (!Number.isInteger(rank) || rank < 1) {
    throw new Error(`rank must be a positive integer, got ${rank}.`);
  }
  if (!(alpha > 0 && alpha < Number.POSITIVE_INFINITY))
    throw new Error(`alpha must be a positive number, got ${alpha}.`);
  if (!(dropout >= 0 && dropout < 1)) {
    throw new Error(`dropout must be in [0, 1), got ${dropout}.`);
  }
  const numberedLayers = resolveNumberedLayers(options);
  return { rank, alpha, dropout, rankStabilized, ...(numberedLayers && { numberedLayers }) };
}

/** What B·A·x is multiplied by. */
export function scaleOf({ rank, alpha, rankStabilized }: LoraConfiguration): number {
  return alpha / (rankStabilized ? Math.sqrt(rank) : rank);
}
