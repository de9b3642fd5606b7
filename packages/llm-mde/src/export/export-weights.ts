import { encodeSafetensors } from '@llm-mde/checkpoints';
import { ConfigurationError } from '../configuration-error.js';
import type { LlmMde } from '../model/llm-mde.js';
import { mergedState } from '../model/merged-state.js';
import { replaceFolder } from '../model/model-files.js';
import { modelFiles } from '../model/saved-model.js';

/**
 * Writes all weights with the adapters merged into them: `vision.safetensors` and `language.safetensors`, in the names that the towers'
 * checkpoints on Hugging Face have, and `model.safetensors` with the new modules. The model itself stays as it is. Node only.
 *
 * @param folder Written under another name and renamed, in the place of what was there.
 */
export async function exportSafetensors(model: LlmMde, folder: string): Promise<void> {
  const files = new Map([['model.safetensors', (await modelFiles(model)).get('model.safetensors')!]]);
  for (const tower of ['vision', 'language'] as const) {
    // Where the language model is left out, only its words are there, and the prototypes have them.
    if (tower === 'language' && model.configuration.language.mode === 'absent') continue;
    const state = await mergedState(model, tower);
    files.set(`${tower}.safetensors`, encodeSafetensors(state, { metadata: { format: 'pt' } }));
  }
  await replaceFolder(folder, files);
}

/**
 * Writes the adapters alone, in PEFT's files: `vision_adapter` and `language_adapter`, each for `PeftModel.from_pretrained`. Node only.
 *
 * @param folder As for `exportSafetensors`.
 * @throws {ConfigurationError} if the model has none.
 */
export async function exportAdapters(model: LlmMde, folder: string): Promise<void> {
  const files = [...(await modelFiles(model))].filter(([path]) => path.includes('_adapter/'));
  if (files.length === 0) {
    throw new ConfigurationError('This model has no adapters: neither tower was trained with "lora".');
  }
  await replaceFolder(folder, new Map(files));
}
