import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SafetensorsFile } from '@llm-mde/checkpoints';
import { Dropout } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { ModelInputs } from '../index.js';
import { folderFiles, LlmMde, type ModelFiles } from '../index.js';

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
  const model = await LlmMde.load(tinyModelFiles());
  for (const [, module] of model.namedModules()) {
    if (module instanceof Dropout) (module as { probability: number }).probability = 0;
  }
  return model;
}

export interface TinyModelGoldens {
  loss: number;
  learningRate: number;
  losses: number[];
  /** A tensor that PyTorch computed. */
  tensor(name: string): Promise<{ shape: readonly number[]; values: Float32Array | Int32Array }>;
  batch(index: number): Promise<{ inputs: ModelInputs; truth: tf.Tensor3D; valid: tf.Tensor3D }>;
}

export async function readTinyModelGoldens(): Promise<TinyModelGoldens> {
  const json = JSON.parse(readFileSync(`${FOLDER}/goldens.json`, 'utf8'));
  const file = await SafetensorsFile.fromBytes(readFileSync(`${FOLDER}/goldens.safetensors`));
  const tensor = async (name: string) => ({ shape: file.tensors.get(name)!.shape, values: await file.read(name) });
  const made = async (name: string, dtype: 'float32' | 'int32' = 'float32') => {
    const { shape, values } = await tensor(name);
    return tf.tensor(dtype === 'int32' ? values : Float32Array.from(values), [...shape], dtype);
  };
  return {
    ...json,
    tensor,
    async batch(index) {
      const prefix = `batch.${index}`;
      return {
        inputs: {
          pixelValues: (await made(`${prefix}.pixel_values`)) as tf.Tensor4D,
          inputIds: (await made(`${prefix}.input_ids`, 'int32')) as tf.Tensor2D,
          attentionMask: (await made(`${prefix}.attention_mask`)) as tf.Tensor2D,
        },
        truth: (await made(`${prefix}.truth`)) as tf.Tensor3D,
        valid: (await made(`${prefix}.valid`)) as tf.Tensor3D,
      };
    },
  };
}

/** The name that PyTorch's model has for a parameter of this one. */
export function pythonName(name: string): string {
  const [, tower, path] = /^(vision|language)_adapter\.(.*)$/.exec(name) ?? [];
  if (!tower) return name;
  const renamed = path!
    .replace(/^encoder\.layer\.(\d+)\.attention\.attention\.query/, 'layers.$1.attention.q_proj')
    .replace(/^encoder\.layer\.(\d+)\.attention\.attention\.value/, 'layers.$1.attention.v_proj');
  return `${tower}.base_model.model.${tower === 'vision' ? renamed : path}`;
}
