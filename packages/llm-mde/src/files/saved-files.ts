/** What people should know of a model, in its folder. */
export const MODEL_CARD_FILE = 'model-card.json';

/** All files that a saved model can have, by their path in its folder; besides them there may be copies of its pretrained towers. */
export const MODEL_FILES: readonly string[] = [
  'SHA256SUMS',
  'config.json',
  'model.safetensors',
  'vision.safetensors',
  'language.safetensors',
  'vision_adapter/adapter_config.json',
  'vision_adapter/adapter_model.safetensors',
  'language_adapter/adapter_config.json',
  'language_adapter/adapter_model.safetensors',
  MODEL_CARD_FILE,
];
