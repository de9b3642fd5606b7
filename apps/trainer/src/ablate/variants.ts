import { isDeepStrictEqual } from 'node:util';
import { configure, type LlmMdeConfiguration, type LlmMdeOptions } from 'llm-mde';

/** A model that differs from the whole one in one thing. */
export interface Variant {
  /** Of its runs' folder, and on the command line. */
  name: string;
  /** In tables. */
  label: string;
  model: LlmMdeOptions;
}

/** What everything else is compared with. */
export const WHOLE = 'whole';

export interface VariantOptions {
  /** Numbers of layers to keep of the language model. */
  layers: readonly number[];
  /** Other language models, by name or folder. */
  languages: readonly string[];
}

/**
 * The whole model and its variants: what stands in the language model's place or which part of it is kept, other language models, prompts,
 * where text prototypes come from, and 8-bit frozen weights. Those that would be the whole model itself are left out.
 */
export function variantsOf(base: LlmMdeConfiguration, { layers, languages }: VariantOptions): Variant[] {
  const variants: Variant[] = [
    { name: WHOLE, label: 'whole model', model: {} },
    { name: 'no-language-model', label: 'no language model', model: { language: { mode: 'absent', lora: null } } },
    {
      name: 'attention-layer',
      label: 'one attention layer instead of it',
      model: { language: { mode: 'attention', lora: null } },
    },
    {
      name: 'random-frozen',
      label: 'random language model, frozen',
      model: { language: { mode: 'random', lora: null } },
    },
    { name: 'pretrained-frozen', label: 'language model without adapters', model: { language: { lora: null } } },
    ...layers.map((count) => ({
      name: `layers-${count}`,
      label: `first ${count === 1 ? 'layer' : `${count} layers`} of it`,
      model: { language: { layerCount: count } },
    })),
    ...languages.map((pretrained) => {
      const name = pretrained
        .replace(/[/\\]+$/, '')
        .split(/[/\\]/)
        .at(-1)!;
      return { name: `language-${name}`, label: name, model: { language: { pretrained } } };
    }),
    { name: 'adaptive-prompt', label: 'adaptive prompt (A)', model: { prompt: { style: 'adaptive' } } },
    { name: 'fixed-prompt', label: 'fixed prompt (B)', model: { prompt: { style: 'fixed' } } },
    { name: 'scene-prompt', label: 'scene prompt', model: { prompt: { style: 'scene' } } },
    { name: 'no-prompt', label: 'no prompt (C)', model: { prompt: { style: 'none' } } },
    { name: 'prototypes-linear', label: 'prototypes by a linear map', model: { reprogramming: { mapping: 'linear' } } },
    {
      name: 'prototypes-low-rank',
      label: 'prototypes by a low-rank map',
      model: { reprogramming: { mapping: 'low-rank' } },
    },
    {
      name: 'prototypes-clusters',
      label: 'prototypes by k-means, frozen',
      model: { reprogramming: { mapping: 'clusters' } },
    },
    { name: 'int8-frozen', label: 'frozen weights in 8 bits', model: { optimization: { precision: 'int8-frozen' } } },
  ];
  const whole = complete(base);
  return variants.filter(
    ({ name, model }) => name === WHOLE || !isDeepStrictEqual(complete(configure(base, model)), whole),
  );
}

/** With the defaults of the keys that variants set. */
function complete(configuration: LlmMdeConfiguration): LlmMdeConfiguration {
  const { reprogramming } = configuration;
  return { ...configuration, reprogramming: { ...reprogramming, mapping: reprogramming.mapping ?? 'linear' } };
}
