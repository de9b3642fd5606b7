import type { LlmMde } from './llm-mde.js';

/** Runs a function while the adapters are merged into the weights, then takes them out again, bit for bit. The model has to be in evaluation mode. */
export function withMergedAdapters<T>(model: LlmMde, run: () => T): T {
  const apart = Object.values(model.adapters).filter(({ merged }) => !merged);
  try {
    for (const adapters of apart) adapters.merge();
    return run();
  } finally {
    for (const adapters of apart) adapters.unmerge();
  }
}
