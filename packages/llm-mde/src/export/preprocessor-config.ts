import type { ResamplingFilter } from '@llm-mde/vision-encoder';
import type { LlmMde } from '../model/llm-mde.js';

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
