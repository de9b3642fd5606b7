import type { Compiler } from '@llm-mde/compile/eager';
import type { Network } from '../network/network.js';
import type { Processor } from './processor.js';

/** A network and what runs it; an `LlmMde` is one. */
export interface ModelRuntime {
  readonly network: Network;
  readonly processor: Processor;
  readonly compiler: Compiler;
  /** Runs a task after those that were asked for before it, and before those that come later. */
  runExclusive<T>(task: () => Promise<T>): Promise<T>;
}
