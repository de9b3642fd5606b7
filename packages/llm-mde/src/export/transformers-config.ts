import type { ResamplingFilter } from '@llm-mde/vision-encoder';
import type { LlmMde } from '../model/llm-mde.js';
import type { Words } from './export-onnx.js';

/**
 * `config.json` of an exported model. transformers.js needs a `model_type` that it takes for depth estimation, and does nothing particular
 * for `dpt`, a vision transformer with a convolutional head. A model with words as inputs has none that it knows.
 */
export function modelConfig(model: LlmMde, words: Words, { hasDataFile }: { hasDataFile: boolean }): object {
  const { imageSize, maximumDepth } = model.configuration;
  return {
    ...(words.kind === 'inputs'
      ? { model_type: 'llm-mde' }
      : { model_type: 'dpt', architectures: ['DPTForDepthEstimation'] }),
    image_size: imageSize,
    patch_size: model.vision.configuration.patchSize,
    depth_estimation_type: 'metric',
    max_depth: maximumDepth,
    prompt: words.kind === 'inputs' ? { ...model.configuration.prompt, length: words.length } : bakedPrompt(words),
    'transformers.js_config': { dtype: 'fp32', ...(hasDataFile && { use_external_data_format: true }) },
  };
}

function bakedPrompt(words: Words): string | null {
  return words.kind === 'baked' ? words.text : null;
}

/** `preprocessor_config.json`: the whole image, squashed to a square, as `predict` does it. */
export function preprocessorConfig({ vision, configuration: { imageSize } }: LlmMde): object {
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

/** PIL's numbers. */
const PIL_FILTERS: Record<ResamplingFilter, number> = {
  nearest: 0,
  lanczos: 1,
  bilinear: 2,
  bicubic: 3,
  box: 4,
  hamming: 5,
};
