// The models that are measured, with random weights: `base` is the paper's, ViT-base and BERT-base; `small` is the preset, of the sizes of
// DINOv2-small and MiniLM-L6; `tiny` is for trying the bench itself.
import { readBertConfiguration } from '@llm-mde/language-model';
import { readVisionEncoderConfiguration } from '@llm-mde/vision-encoder';
import { configure, preset } from 'llm-mde';

const changes = {
  // The tokenizer of random towers has few words. With this task, prompts are as long as the default's are for BERT's.
  prompt: { task: 'estimate depth in metres from this image' },
  head: { imageSkip: false },
};

export const CONFIGURATIONS = {
  base: configure(preset('paper'), changes, {
    vision: { pretrained: null, configuration: readVisionEncoderConfiguration({ model_type: 'vit' }) },
    language: { pretrained: null, configuration: readBertConfiguration({}) },
  }),
  small: configure(
    preset('small'),
    { prompt: { ...changes.prompt, dataset: preset('paper').prompt.dataset } },
    {
      vision: {
        pretrained: null,
        configuration: readVisionEncoderConfiguration({
          model_type: 'dinov2',
          hidden_size: 384,
          num_attention_heads: 6,
          image_size: 518,
          patch_size: 14,
        }),
      },
      language: {
        pretrained: null,
        configuration: readBertConfiguration({
          hidden_size: 384,
          num_hidden_layers: 6,
          num_attention_heads: 12,
          intermediate_size: 1536,
        }),
      },
    },
  ),
  tiny: configure(preset('tiny'), changes),
};

/** Tokens of the adaptive prompt, padded. */
export const PROMPT_LENGTH = 80;

/** Size of the images and depth maps before anything is done to them. */
export const IMAGE = { width: 640, height: 480 };
