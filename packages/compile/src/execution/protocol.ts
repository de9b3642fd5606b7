import type { ElementType, TensorValues } from '../graph/value.js';

/** What the program's thread asks of the worker, in which the sessions are. */
export type Request =
  | { call: 'createSession'; session: number; description: SessionDescription }
  | { call: 'releaseSession'; session: number }
  | { call: 'setSlot'; slot: number; tensor: TransferredTensor }
  | { call: 'readSlot'; slot: number }
  | { call: 'releaseSlot'; slot: number }
  | { call: 'run'; session: number; feeds: Record<string, TransferredTensor | SlotReference> };

export interface TransferredTensor {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly data: TensorValues;
}

/** A place in the worker that holds the values of a variable. */
export interface SlotReference {
  readonly slot: number;
}

export type Provider = 'cpu' | 'webgpu' | 'cuda';

export interface SessionDescription {
  /** The bytes, or in Node a path, beside which the file of weights lies. */
  readonly model: Uint8Array | string;
  readonly provider: Provider;
  readonly threads: number;
  readonly prepacking: boolean;
  readonly memoryArena: boolean;
  /** Outputs that are sent back, and outputs that become the contents of slots. */
  readonly results: readonly string[];
  readonly updates: readonly { readonly output: string; readonly slot: number; readonly inPlace: boolean }[];
}

/** The answer to `run` are the results in order, to `readSlot` the values. */
export type Response = { id: number; values?: TensorValues[] } | { id: number; error: string };
