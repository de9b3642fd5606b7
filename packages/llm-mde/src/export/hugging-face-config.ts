import type { ResamplingFilter } from '@llm-mde/vision-encoder';
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
  const hasPromptInput = prompt.kind === 'inputs';
  return {
    ...(hasPromptInput ? { model_type: 'llm-mde' } : { model_type: 'dpt', architectures: ['DPTForDepthEstimation'] }),
    image_size: configuration.imageSize,
    patch_size: vision.configuration.patchSize,
    depth_estimation_type: 'metric',
    max_depth: configuration.maximumDepth,
    prompt: hasPromptInput ? { ...configuration.prompt, length: prompt.length } : bakedText(prompt),
    'transformers.js_config': { dtype: 'fp32', ...(hasDataFile && { use_external_data_format: true }) },
  };
}

/** `preprocessor_config.json`: the whole image, squashed to a square, as `predict` does it. */
export function preprocessorConfig({ vision, configuration: { imageSize } }: Network): object {
  const { resample, doRescale, rescaleFactor, doNormalize, imageMean, imageStd } = vision.preprocessor.configuration;
  return {
    image_processor_type: 'ViTImageProcessor',
    do_resize: true,
    size: { height: imageSize, width: imageSize },
    resample: PIL_FILTERS[resample],
    do_rescale: doRescale,
    rescale_factor: rescaleFactor,
    do_normalize: doNormalize,
    image_mean: imageMean,
    image_std: imageStd,
  };
}

function bakedText(prompt: ExportedPrompt): string | null {
  return prompt.kind === 'baked' ? prompt.text : null;
}

/** PIL's numbers. */
const PIL_FILTERS: Record<ResamplingFilter, number> = {
  nearest: 0,
  lanczos: 1,
  bilinear: 2,
  bicubic: 3,
  box: 4,
  hamming: 5,
};
