import { writePreprocessorConfiguration } from '@llm-mde/vision-encoder';
import { inputSize } from '../configuration/input-size.js';
import type { Network } from '../network/network.js';
import type { ExportedPrompt } from './exported-prompt.js';

/**
 * `config.json` of an exported model. transformers.js needs a `model_type` that it knows for depth estimation, and does nothing particular
 * for `dpt`, a vision transformer with a convolutional head. It knows none for a model whose prompt is an input.
 */
export function modelConfig(
  { configuration, vision }: Network,
  prompt: ExportedPrompt,
  { hasDataFile }: { hasDataFile: boolean },
): object {
  const isInput = prompt.kind === 'inputs';
  return {
    ...(isInput ? { model_type: 'llm-mde' } : { model_type: 'dpt', architectures: ['DPTForDepthEstimation'] }),
    image_size: configuration.imageSize,
    patch_size: vision.configuration.patchSize,
    depth_estimation_type: 'metric',
    max_depth: Number((configuration.maximumDepth * (configuration.depthScale ?? 1)).toPrecision(6)),
    prompt: isInput ? { ...configuration.prompt, length: prompt.length } : prompt.text,
    'transformers.js_config': { dtype: 'fp32', ...(hasDataFile && { use_external_data_format: true }) },
  };
}

/** `preprocessor_config.json`: the whole image, squashed, as `predict` does it. */
export function preprocessorConfig({ vision, configuration }: Network): object {
  const [height, width] = inputSize(configuration);
  return writePreprocessorConfiguration(vision.preprocessor.configuration, { height, width });
}
