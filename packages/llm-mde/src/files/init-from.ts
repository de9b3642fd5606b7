import type { StateDict } from '@llm-mde/nn';
import type { LlmMdeConfiguration } from '../configuration/configuration.js';
import type { Network, Tower } from '../network/network.js';
import { hasOwnWeights } from './create-network.js';
import type { ModelReference } from './find-model.js';
import { loadNetwork } from './load-network.js';
import { mergedState } from './merged-state.js';
import { unmerged } from './save-network.js';

export const MODULE_NAMES = ['vision', 'language', 'reprogramming', 'head'] as const;
export type ModuleName = (typeof MODULE_NAMES)[number];

/** See `LlmMde.initFrom`. */
export async function initFrom(
  network: Network,
  source: ModelReference,
  modules: readonly ModuleName[],
): Promise<void> {
  const saved = await loadNetwork(source);
  try {
    for (const name of modules) {
      try {
        if ((name === 'vision' || name === 'language') && !hasOwnWeights(network.configuration, name)) {
          await initAdapters(network, saved, name);
          continue;
        }
        const state = await stateFor(network, saved, name);
        // Merged adapters would bring the old weights back later.
        await unmerged(network, () => network[name].loadStateDict(state));
      } catch (error) {
        const place = typeof source === 'string' || source instanceof URL ? source : source.name;
        throw new Error(`The module "${name}" of the model in ${place} does not fit: ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
  } finally {
    saved.dispose();
  }
}

/** A pretrained tower is not saved, so that its weights stay as they are: its adapters continue from the saved ones. */
async function initAdapters(network: Network, saved: Network, tower: Tower): Promise<void> {
  const [own, other] = [network, saved].map(({ configuration }) => configuration[tower]) as [TowerChoice, TowerChoice];
  if (own.pretrained !== other.pretrained || hasOwnWeights(saved.configuration, tower)) {
    throw new Error(
      `its tower is ${hasOwnWeights(saved.configuration, tower) ? "the saved model's own" : other.pretrained}, and this model's is ${own.pretrained}, whose weights are not saved with it.`,
    );
  }
  const adapters = saved.adapters[tower];
  if (!adapters) return;
  const target = network.adapters[tower];
  if (!target) throw new Error(`it has adapters, but "${tower}.lora" is null here.`);
  const state = await adapters.stateDict();
  await unmerged(network, () => target.loadStateDict(state));
}

type TowerChoice = LlmMdeConfiguration[Tower];

async function stateFor(network: Network, saved: Network, name: ModuleName): Promise<StateDict> {
  if (name === 'reprogramming' || name === 'head') return saved[name].stateDict();
  const state = await mergedState(saved, name);
  if (name === 'vision' || network.language.layers.length > 0) return state;
  // Only the words are needed.
  const own = network.language.namedState();
  return new Map([...state].filter(([key]) => own.has(key)));
}
