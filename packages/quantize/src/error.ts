/** A model that cannot be quantized: what is wrong, where, and what to do, in a sentence. */
export class QuantizeError extends Error {
  override readonly name = 'QuantizeError';
}
