import { type LoraConfiguration, resolveConfiguration, scaleOf } from '../lora-configuration.js';
import type { NumberedLayersOptions } from '../numbered-layers.js';
import { matcher, type TargetModules } from '../target-modules.js';

export interface LayersLoraOptions extends NumberedLayersOptions {
  /** Rank r of the update; PEFT's `r`. @default 8 */
  rank?: number;
  /** Numerator of the scale; PEFT's `lora_alpha`. @default 8 */
  alpha?: number;
  /** Scale by alpha / √rank instead of alpha / rank; PEFT's `use_rslora`. @default false */
  rankStabilized?: boolean;
  /** Learn each row's length apart from its direction (DoRA, arXiv 2402.09353); PEFT's `use_dora`. Not for embeddings. @default false */
  dora?: boolean;
  /**
   * Which layers, by name or path; `all-linear` are all Dense layers. Of a `tf.GraphModel`, which weights: a list selects those that have one of its names
   * between slashes, and `all-linear` are those of MatMul and Einsum.
   */
  targetModules: 'all-linear' | TargetModules;
  /** Other ranks for some layers, by the end of their path or a regular expression for it; PEFT's `rank_pattern`. */
  rankPattern?: Readonly<Record<string, number>>;
  /** The same for alpha; PEFT's `alpha_pattern`. */
  alphaPattern?: Readonly<Record<string, number>>;
}

/** The numbers of one adapter. */
export interface WeightsConfiguration
  extends Required<Pick<LayersLoraOptions, 'rankPattern' | 'alphaPattern' | 'dora'>> {
  general: LoraConfiguration;
}

/**
 * Fills in the defaults.
 * @throws if a number is out of range.
 */
export function resolveWeightsConfiguration(options: Omit<LayersLoraOptions, 'targetModules'>): WeightsConfiguration {
  const {
    layersToTransform,
    layersPattern,
    rank,
    alpha,
    rankStabilized,
    dora = false,
    rankPattern = {},
    alphaPattern = {},
  } = options;
  if ('dropout' in options && options.dropout) {
    throw new Error(
      'Adapters of models of tf.layers and of graph models change weights, so their input cannot be dropped: leave out "dropout".',
    );
  }
  const general = resolveConfiguration({
    ...(rank !== undefined && { rank }),
    ...(alpha !== undefined && { alpha }),
    ...(rankStabilized !== undefined && { rankStabilized }),
    ...(layersToTransform !== undefined && { layersToTransform }),
    ...(layersPattern !== undefined && { layersPattern }),
  });
  for (const each of Object.values(rankPattern)) resolveConfiguration({ rank: each });
  for (const each of Object.values(alphaPattern)) resolveConfiguration({ alpha: each });
  return { general, dora, rankPattern, alphaPattern };
}

/** Rank and scale in one weight. */
export function numbersFor({ general, rankPattern, alphaPattern }: WeightsConfiguration, path: string) {
  const rank = patternValue(rankPattern, path) ?? general.rank;
  const alpha = patternValue(alphaPattern, path) ?? general.alpha;
  return { rank, alpha, scale: scaleOf({ ...general, rank, alpha }) };
}

/** As PEFT: the first key that is the path, or matches its end after a dot. In the names of graphs, what is between slashes. */
function patternValue(pattern: Readonly<Record<string, number>>, path: string): number | undefined {
  const key = Object.keys(pattern).find((each) => matcher(`(.*[./])?(${each})(/.*)?`)(path));
  return key === undefined ? undefined : pattern[key];
}
