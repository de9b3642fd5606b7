import type { FileSource } from '@llm-mde/checkpoints';
import type { StateDict } from '@llm-mde/nn';
import type { Network } from '../network/network.js';
import { loadNetwork } from './load-network.js';
import { mergedState } from './merged-state.js';
import { unmerged } from './save-network.js';

export const MODULE_NAMES = ['vision', 'language', 'reprogramming', 'head'] as const;
export type ModuleName = (typeof MODULE_NAMES)[number];

/** See `LlmMde.initFrom`. */
export async function initFrom(
  network: Network,
  source: string | FileSource,
  modules: readonly ModuleName[],
): Promise<void> {
  const saved = await loadNetwork(source);
  try {
    for (const name of modules) {
      const state = await stateFor(network, saved, name);
      try {
        // Merged adapters would bring the old weights back later.
        await unmerged(network, () => network[name].loadStateDict(state));
      } catch (error) {
        const place = typeof source === 'string' ? source : source.name;
        throw new Error(`The module "${name}" of the model in ${place} does not fit: ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
  } finally {
    saved.dispose();
  }
}

async function stateFor(network: Network, saved: Network, name: ModuleName): Promise<StateDict> {
  if (name === 'reprogramming' || name === 'head') return saved[name].stateDict();
  const state = await mergedState(saved, name);
  if (name === 'vision' || network.configuration.language.mode !== 'absent') return state;
  // Only the words are needed.
  const own = network.language.namedState();
  return new Map([...state].filter(([key]) => own.has(key)));
}
