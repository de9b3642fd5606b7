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
