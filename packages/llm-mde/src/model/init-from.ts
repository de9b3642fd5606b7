import type { StateDict } from '@llm-mde/nn';
import type { LlmMde } from './llm-mde.js';
import { mergedState } from './merged-state.js';
import type { ModelFiles } from './model-files.js';
import { loadModel } from './saved-model.js';

export const MODEL_PARTS = ['vision', 'language', 'reprogramming', 'head'] as const;
export type ModelPart = (typeof MODEL_PARTS)[number];

/** See `LlmMde.initFrom`. */
export async function initFrom(model: LlmMde, source: string | ModelFiles, parts: readonly ModelPart[]): Promise<void> {
  // Loading sets the seed from which values that are not made yet would come.
  model.makeInitialValues();
  const donor = await loadModel(source, {});
  try {
    for (const part of parts) {
      const state = await stateFor(model, donor, part);
      try {
        await model[part].loadStateDict(state);
      } catch (error) {
        const name = typeof source === 'string' ? source : source.name;
        throw new Error(`The part "${part}" of the model in ${name} does not fit: ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
  } finally {
    donor.dispose();
  }
}

async function stateFor(model: LlmMde, donor: LlmMde, part: ModelPart): Promise<StateDict> {
  if (part === 'reprogramming' || part === 'head') return donor[part].stateDict();
  const state = await mergedState(donor, part);
  if (part === 'vision' || model.configuration.language.mode !== 'absent') return state;
  // Only the words are there.
  const own = model.language.namedState();
  return new Map([...state].filter(([name]) => own.has(name)));
}
