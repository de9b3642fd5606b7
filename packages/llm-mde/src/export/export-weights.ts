import { replaceFolder } from '@llm-mde/checkpoints';
import { writeVisionEncoderConfiguration } from '@llm-mde/vision-encoder';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { mergedState } from '../files/merged-state.js';
import { adapterFiles, encodeJson, encodeState, NewModules } from '../files/save-network.js';
import type { ModelRuntime } from '../inputs/model-runtime.js';
import type { Network } from '../network/network.js';
import { preprocessorConfig } from './hugging-face-config.js';

/**
 * Writes all weights with the adapters merged into them: the folders `vision` and `language`, which `from_pretrained` opens here and in Python's
 * transformers, and `model.safetensors` with the new modules. The model itself stays as it is. Node only.
 *
 * A folder has `config.json` and `model.safetensors`, that of the vision encoder `preprocessor_config.json` too. Tokenizers are those of the
 * towers that training started from, and are not written; nor is `config.json` for a language model other than BERT.
 *
 * @param folder Written under another name and renamed; replaces what was there.
 */
export async function exportSafetensors(model: Exported, folder: string): Promise<void> {
  await replaceFolder(folder, await model.runExclusive(() => mergedFiles(model.network)));
}

type Exported = Pick<ModelRuntime, 'network' | 'runExclusive'>;

async function mergedFiles(network: Network): Promise<Map<string, Uint8Array>> {
  const { vision, language } = network;
  const files = new Map([['model.safetensors', encodeState(await new NewModules(network).stateDict())]]);
  files.set('vision/model.safetensors', encodeState(await mergedState(network, 'vision')));
  files.set('vision/config.json', encodeJson(writeVisionEncoderConfiguration(vision.configuration)));
  files.set('vision/preprocessor_config.json', encodeJson(preprocessorConfig(network)));
  // If the language model is left out, only its words are there, and the prototypes have them.
  if (language.layers.length > 0) {
    files.set('language/model.safetensors', encodeState(await mergedState(network, 'language')));
    files.set('language/config.json', encodeJson(language.configurationJson()));
  }
  return files;
}

/**
 * Writes the adapters alone, in PEFT's files: `vision_adapter` and `language_adapter`, each for `PeftModel.from_pretrained`. Node only.
 *
 * @param folder As for `exportSafetensors`.
 * @throws {ConfigurationError} if the model has none.
 */
export async function exportAdapters(model: Exported, folder: string): Promise<void> {
  const files = await model.runExclusive(() => adapterFiles(model.network));
  if (files.size === 0) {
    throw new ConfigurationError('This model has no adapters: neither tower was trained with "lora".');
  }
  await replaceFolder(folder, files);
}
