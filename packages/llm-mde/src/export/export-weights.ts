import { encodeSafetensors } from '@llm-mde/checkpoints';
import { Bert, writeBertConfiguration } from '@llm-mde/language-model';
import { writeVisionEncoderConfiguration } from '@llm-mde/vision-encoder';
import { ConfigurationError } from '../configuration-error.js';
import type { LlmMde } from '../model/llm-mde.js';
import { mergedState } from '../model/merged-state.js';
import { replaceFolder } from '../model/model-files.js';
import { modelFiles } from '../model/saved-model.js';
import { preprocessorConfig } from './preprocessor-config.js';

/**
 * Writes all weights with the adapters merged into them: the folders `vision` and `language`, which `from_pretrained` opens here and in Python's
 * transformers, and `model.safetensors` with the new modules. The model itself stays as it is. Node only.
 *
 * A folder has `config.json` and `model.safetensors`, that of the vision encoder `preprocessor_config.json` too. Tokenizers are those of the
 * towers that training began with, and are not written; nor is `config.json` for a language model other than BERT.
 *
 * @param folder Written under another name and renamed, in the place of what was there.
 */
export async function exportSafetensors(model: LlmMde, folder: string): Promise<void> {
  const files = new Map<string, Uint8Array>([
    ['model.safetensors', (await modelFiles(model)).get('model.safetensors')!],
  ]);
  for (const tower of ['vision', 'language'] as const) {
    // Where the language model is left out, only its words are there, and the prototypes have them.
    if (tower === 'language' && model.configuration.language.mode === 'absent') continue;
    const state = await mergedState(model, tower);
    files.set(`${tower}/model.safetensors`, encodeSafetensors(state, { metadata: { format: 'pt' } }));
  }
  files.set('vision/config.json', encodeJson(writeVisionEncoderConfiguration(model.vision.configuration)));
  files.set('vision/preprocessor_config.json', encodeJson(preprocessorConfig(model)));
  if (files.has('language/model.safetensors') && model.language instanceof Bert) {
    files.set('language/config.json', encodeJson(writeBertConfiguration(model.language.configuration)));
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

function encodeJson(value: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);
}
