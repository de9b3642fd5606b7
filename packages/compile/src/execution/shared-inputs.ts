import type { TensorValues } from '../graph/value.js';

/** Bytes from which values are worth memory of their own. */
const LARGE = 2 ** 16;

/**
 * Hands the inputs of a program to its worker through memory that both see and that stays: a message of several megabytes would be
 * written to new memory, which keeps the thread that sends it for long, and its garbage collector too.
 *
 * The worker has to be done with a run before the next one is sent.
 */
export class SharedInputs {
  private readonly buffers = new Map<string, TensorValues>();

  /** @returns values that a message carries without a copy; small ones as they are. */
  put(name: string, values: TensorValues): TensorValues {
    if (values.byteLength < LARGE) return values;
    let shared = this.buffers.get(name);
    if (!shared) {
      const empty = values.constructor as new (buffer: SharedArrayBuffer) => TensorValues;
      shared = new empty(new SharedArrayBuffer(values.byteLength));
      this.buffers.set(name, shared);
    }
    shared.set(values);
    return shared;
  }
}

/** Values for a runtime that takes none in shared memory. */
export function unshared(values: TensorValues): TensorValues {
  const isShared = typeof SharedArrayBuffer !== 'undefined' && values.buffer instanceof SharedArrayBuffer;
  return isShared ? values.slice() : values;
}
