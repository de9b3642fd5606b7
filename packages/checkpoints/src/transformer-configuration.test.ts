import { expect, it } from 'vitest';
import {
  type ConfigurationKeys,
  readTransformerConfiguration,
  writeTransformerConfiguration,
} from './transformer-configuration.js';

const KEYS: ConfigurationKeys<{ hiddenSize: number; headCount: number; bias: boolean }> = {
  hiddenSize: ['hidden_size', 8],
  headCount: ['num_attention_heads', 2],
  bias: ['qkv_bias', true],
};
const read = (json: object) => readTransformerConfiguration(json, KEYS, 'config.json');

it('reads what a config.json says, has fallbacks for the rest, and writes it again', () => {
  const configuration = read({ hidden_size: 12, qkv_bias: null, other: 1 });
  expect(configuration).toEqual({ hiddenSize: 12, headCount: 2, bias: true });
  expect(writeTransformerConfiguration(configuration, KEYS)).toEqual({
    hidden_size: 12,
    num_attention_heads: 2,
    qkv_bias: true,
  });
});

it.each([
  [{ hidden_size: '12' }, 'config.json: "hidden_size" must be a number, got "12".'],
  [{ num_attention_heads: 3 }, 'config.json: hidden_size 8 must be divisible by num_attention_heads 3.'],
])('refuses %j', (json, message) => {
  expect(() => read(json)).toThrow(message);
});
