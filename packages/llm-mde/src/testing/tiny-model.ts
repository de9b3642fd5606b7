import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { folderFiles, LlmMde, type ModelFiles } from '../index.js';
import { type ModelGoldens, parseModelGoldens, withoutDropout } from './model-goldens.js';

const FOLDER = fileURLToPath(new URL('../../fixtures/tiny-model', import.meta.url));
const TOWERS: Record<string, string> = {
  'tiny-vit': fileURLToPath(new URL('../../../vision-encoder/fixtures/tiny-vit', import.meta.url)),
  'tiny-bert': fileURLToPath(new URL('../../../language-model/fixtures/tiny-bert', import.meta.url)),
};

/** The files of tooling/parity/model-goldens.py, with the towers' folders as they are here; `changes` replaces some of them. */
export function tinyModelFiles(changes: Record<string, Uint8Array | undefined> = {}): ModelFiles {
  const files = folderFiles(FOLDER);
  return {
    name: 'tiny-model',
    async read(path) {
      if (path in changes) return changes[path];
      const content = await files.read(path);
      if (path !== 'config.json') return content;
      const configuration = JSON.parse(new TextDecoder().decode(content));
      for (const tower of ['vision', 'language']) {
        configuration[tower].pretrained = TOWERS[configuration[tower].pretrained];
      }
      return new TextEncoder().encode(JSON.stringify(configuration));
    },
  };
}

/** The model that PyTorch wrote, without dropout. */
export async function loadTinyModel(): Promise<LlmMde> {
  return withoutDropout(await LlmMde.load(tinyModelFiles()));
}

/** What PyTorch computed with it. */
export function readTinyModelGoldens(): Promise<ModelGoldens> {
  return parseModelGoldens(
    readFileSync(`${FOLDER}/goldens.json`, 'utf8'),
    readFileSync(`${FOLDER}/goldens.safetensors`),
  );
}
