import { QuantizeError } from '../error.js';
import type { Model } from '../format/model.js';
import { INT8, UINT8 } from '../format/types.js';
import type { Mode, QuantizeOptions } from '../modes.js';
import { useNBits, useNormalFloat } from './block-products.js';
import { useFloat16 } from './float16.js';
import { useIntegerProducts } from './integer-products.js';

/** Bitsandbytes' block. */
const NORMAL_FLOAT_BLOCK = 64;

/**
 * Rewrites a model in place.
 * @param name Of its file, for messages.
 * @throws {QuantizeError} if there is nothing to rewrite, or the operators are too old for it.
 */
export function applyMode(model: Model, mode: Mode, options: QuantizeOptions, name: string): void {
  const { perChannel = false, reduceRange = false, blockSize = 32, accuracyLevel, exclude = [] } = options;
  if (!Number.isInteger(Math.log2(blockSize)) || blockSize < 16) {
    throw new QuantizeError(`The block size ${blockSize} is not a power of two, 16 or more.`);
  }
  const [operators, version] = OLDEST[mode];
  const opset = model.opset() ?? 1;
  if (opset < version) {
    throw new QuantizeError(
      `${name} is in opset ${opset}, but mode ${mode} needs ${operators} of opset ${version} or newer: export the model anew, or convert it with onnx.version_converter.`,
    );
  }
  const changes = {
    q8: () => useIntegerProducts(model, { type: INT8, perChannel, reduceRange }, exclude),
    int8: () => useIntegerProducts(model, { type: INT8, perChannel, reduceRange }, exclude),
    uint8: () => useIntegerProducts(model, { type: UINT8, perChannel, reduceRange }, exclude),
    q4: () => useNBits(model, { blockSize, accuracyLevel }, exclude),
    q4f16: () => {
      const count = useNBits(model, { blockSize, accuracyLevel }, exclude);
      if (count > 0) useFloat16(model, exclude);
      return count;
    },
    bnb4: () => useNormalFloat(model, { blockSize: NORMAL_FLOAT_BLOCK }, exclude),
    fp16: () => useFloat16(model, exclude),
  };
  if (changes[mode]() > 0) return;
  throw new QuantizeError(
    mode === 'fp16'
      ? `${name} has no float32 weights, so mode fp16 would change nothing.`
      : `${name} has no MatMul or Gemm with constant float weights, so mode ${mode} would change nothing.`,
  );
}

/** The oldest opset of a mode, and what it is needed for. */
const OLDEST: Readonly<Record<Mode, readonly [string, number]>> = {
  q8: ['DynamicQuantizeLinear', 11],
  int8: ['DynamicQuantizeLinear', 11],
  uint8: ['DynamicQuantizeLinear', 11],
  q4: ['MatMul', 9],
  q4f16: ['MatMul', 9],
  bnb4: ['MatMul', 9],
  fp16: ['Cast', 9],
};
