import { expect, it } from 'vitest';
import { readVisionEncoderConfiguration, writeVisionEncoderConfiguration } from './configuration.js';

it('has the defaults of the reference for absent keys', () => {
  expect(readVisionEncoderConfiguration({ model_type: 'vit' })).toMatchObject({
    hiddenSize: 768,
    patchSize: 16,
    layerNormEpsilon: 1e-12,
  });
  expect(readVisionEncoderConfiguration({ model_type: 'dinov2' })).toMatchObject({
    intermediateSize: 3072,
    patchSize: 14,
    layerNormEpsilon: 1e-6,
  });
});

it.each([
  {
    model_type: 'vit',
    hidden_size: 48,
    num_attention_heads: 4,
    intermediate_size: 100,
    qkv_bias: false,
    patch_size: 8,
  },
  { model_type: 'dinov2', mlp_ratio: 2, layerscale_value: 0.1, use_swiglu_ffn: true, image_size: 518 },
])('is written as it was read: %j', (json) => {
  const configuration = readVisionEncoderConfiguration(json);
  expect(writeVisionEncoderConfiguration(configuration)).toMatchObject(json);
  expect(readVisionEncoderConfiguration(writeVisionEncoderConfiguration(configuration))).toEqual(configuration);
});

it.each([
  [
    { model_type: 'swin' },
    'config.json has model_type "swin", which is not a vision encoder that can be read. Expected "vit" or "dinov2".',
  ],
  [
    { model_type: 'vit', hidden_act: 'mish' },
    'config.json asks for the activation "mish" as hidden_act; supported are',
  ],
  [
    { model_type: 'vit', pooler_act: 'mish' },
    'config.json asks for the activation "mish" as pooler_act; supported are',
  ],
  [{ model_type: 'vit', hidden_size: '768' }, 'config.json: "hidden_size" must be a number, got "768".'],
  [
    { model_type: 'vit', hidden_size: 100 },
    'config.json: hidden_size 100 must be divisible by num_attention_heads 12.',
  ],
  [[], 'config.json has model_type "undefined"'],
  [null, 'config.json is not a JSON object.'],
])('refuses %j', (json, message) => {
  expect(() => readVisionEncoderConfiguration(json)).toThrow(message);
});
