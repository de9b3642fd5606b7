import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type FileSource, folderFiles } from '@llm-mde/checkpoints';
import { loadNetwork } from '../files/load-network.js';
import type { Network } from '../network/network.js';
import { type ModelGoldens, parseModelGoldens, withoutDropout } from './model-goldens.js';

const FOLDER = fileURLToPath(new URL('../../fixtures/tiny-model', import.meta.url));
const TOWERS: Record<string, string> = {
  'tiny-vit': fileURLToPath(new URL('../../../vision-encoder/fixtures/tiny-vit', import.meta.url)),
  'tiny-bert': fileURLToPath(new URL('../../../language-model/fixtures/tiny-bert', import.meta.url)),
};

/** The files of tooling/parity/model-goldens.py, with the towers' folders as they are here; `changes` replaces some of them. */
export function tinyModelFiles(changes: Record<string, Uint8Array | undefined> = {}): FileSource {
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

/** The network that PyTorch wrote, without dropout. */
export async function loadTinyModel(): Promise<Network> {
  return withoutDropout(await loadNetwork(tinyModelFiles()));
}

/** What PyTorch computed with it. */
export function readTinyModelGoldens(): Promise<ModelGoldens> {
  return parseModelGoldens(
    readFileSync(`${FOLDER}/goldens.json`, 'utf8'),
    readFileSync(`${FOLDER}/goldens.safetensors`),
  );
}
