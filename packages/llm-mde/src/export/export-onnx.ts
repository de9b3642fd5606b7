import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Graph, toOnnx, trace } from '@llm-mde/compile';
import { fixedPrompt } from '@llm-mde/prompts';
import type { ProjectedPrototypes } from '@llm-mde/reprogramming';
import * as tf from '@tensorflow/tfjs-core';
import { ConfigurationError } from '../configuration-error.js';
import { type FoldedWeights, foldWeights, withFoldedWeights } from '../model/folded-weights.js';
import type { EmbeddedPrompt, LlmMde } from '../model/llm-mde.js';
import { writeFolder } from '../model/model-files.js';
import { promptTokens } from '../model/model-inputs.js';
import { inEvaluation } from '../model/predict.js';
import { preprocessorConfig } from './preprocessor-config.js';
import { modelConfig } from './transformers-config.js';

export interface ExportOnnxOptions {
  /** Images in a batch; `dynamic` takes any number. @default 'dynamic' */
  batch?: 'dynamic' | number;
  /**
   * - `adaptive`: the words are inputs of the model
   * - `baked`: the model's own prompt, where it is the same for every image, or none
   * - `{ text }`: this prompt for every image
   * @default 'adaptive' where the model's prompts differ from image to image, otherwise 'baked'
   */
  prompt?: 'adaptive' | 'baked' | { text: string };
  /** Put the weights into a file of their own, `onnx/model.onnx_data`. @default where they take more than 1 GB */
  externalData?: boolean;
}

/**
 * Writes a model's prediction as ONNX, for every runtime that reads that: adapters are merged into the weights, and the prototypes' keys
 * and values are constants. The model itself stays as it is. Node only.
 *
 * `onnx/model.onnx` takes `pixel_values` [batch,3,S,S], float32, preprocessed as `preprocessor_config.json` says, and for adaptive prompts
 * `input_ids` and `attention_mask` [batch,P], int64, padded as `prepareImages` pads them. It gives `predicted_depth` [batch,rows,columns],
 * in metres, as the head's stages give it; `predict` enlarges that bilinearly to the image's size. Without adaptive prompts, transformers.js
 * opens the folder by `pipeline('depth-estimation', folder)`, which does all of that.
 *
 * @param folder Written under another name and renamed, in the place of what was there.
 * @throws {ConfigurationError} if an option is wrong or does not fit the model.
 */
export async function exportOnnx(model: LlmMde, folder: string, options: ExportOnnxOptions = {}): Promise<void> {
  const { batch = 'dynamic', externalData } = options;
  if (batch !== 'dynamic' && !(Number.isInteger(batch) && batch > 0)) {
    throw new ConfigurationError(`A batch is a whole number from 1, or 'dynamic', but ${batch} was given.`);
  }
  const words = wordsOf(model, options);
  const graph = await traceModel(model, words, batch);
  await writeFolder(folder, async (temporary) => {
    const write = (name: string, content: object) =>
      writeFile(join(temporary, name), `${JSON.stringify(content, undefined, 2)}\n`);
    await mkdir(join(temporary, 'onnx'));
    const { model: bytes, data } = await toOnnx(graph, {
      ...(externalData !== undefined && { externalData }),
      dataFile: 'model.onnx_data',
    });
    await writeFile(join(temporary, 'onnx', 'model.onnx'), bytes);
    if (data) await writeFile(join(temporary, 'onnx', data.name), data.parts);
    await write('config.json', modelConfig(model, words, { hasDataFile: data !== undefined }));
    await write('preprocessor_config.json', preprocessorConfig(model));
  });
}

/** Where an exported model has its words from. */
export type Words =
  | { kind: 'none' }
  | { kind: 'baked'; text: string; tokens: { data: Int32Array; mask: Float32Array; length: number } }
  | { kind: 'inputs'; length: number };

function wordsOf(model: LlmMde, { prompt }: ExportOnnxOptions): Words {
  const { style } = model.configuration.prompt;
  const hasWords = model.configuration.language.mode !== 'absent' && style !== 'none';
  const chosen = prompt ?? (hasWords && style === 'adaptive' ? 'adaptive' : 'baked');
  if (!hasWords) {
    if (chosen === 'baked') return { kind: 'none' };
    throw new ConfigurationError('This model reads no prompt: leave the option "prompt" out, or use \'baked\'.');
  }
  if (chosen === 'adaptive') return { kind: 'inputs', length: tokensOf(model, '').length };
  if (chosen === 'baked' && style === 'adaptive') {
    throw new ConfigurationError(
      "This model's prompts describe each image, so there is none to bake in: give one, { text: '…' }, or export with 'adaptive'.",
    );
  }
  const text = chosen === 'baked' ? fixedPrompt(model.configuration.prompt) : chosen.text;
  if (text.trim() === '') throw new ConfigurationError('The prompt to bake in is empty.');
  return { kind: 'baked', text, tokens: tokensOf(model, text) };
}

function tokensOf(model: LlmMde, text: string) {
  const { inputIds, attentionMask } = promptTokens([text], model);
  const length = inputIds.shape[1];
  const { imageSize } = model.configuration;
  const patchCount = (imageSize / model.vision.configuration.patchSize) ** 2;
  if (length + patchCount > model.language.maximumLength) {
    throw new ConfigurationError(
      `The prompt takes ${length} tokens and the image ${patchCount}, but the language model reads ${model.language.maximumLength} at most: ` +
        'use a shorter prompt.',
    );
  }
  return { data: inputIds.data, mask: attentionMask.data, length };
}

type Inputs = { pixel_values: tf.Tensor4D; input_ids?: tf.Tensor2D; attention_mask?: tf.Tensor2D };

async function traceModel(model: LlmMde, words: Words, batch: 'dynamic' | number): Promise<Graph> {
  const { imageSize } = model.configuration;
  const folded = await fold(model);
  const prompt = words.kind === 'baked' ? embed(model, words) : undefined;
  // The sizes of a batch do not matter where it is dynamic.
  const size = batch === 'dynamic' ? 1 : batch;
  const inputs = {
    pixel_values: { shape: [size, 3, imageSize, imageSize] },
    ...(words.kind === 'inputs' && {
      input_ids: { shape: [size, words.length], dtype: 'int64' },
      attention_mask: { shape: [size, words.length], dtype: 'int64' },
    }),
  };
  try {
    return inEvaluation(model, () =>
      withFoldedWeights(model, folded, (prototypes) =>
        trace((given: Inputs) => ({ predicted_depth: forward(model, given, { prototypes, prompt }) }), inputs, {
          dynamicBatch: batch === 'dynamic',
        }),
      ),
    );
  } finally {
    tf.dispose([...folded.values(), ...(prompt ? [prompt.embeddings, prompt.attentionMask] : [])]);
  }
}

/** Compiled where the model is, since there are large products among them. */
async function fold(model: LlmMde): Promise<FoldedWeights> {
  const run = () => inEvaluation(model, () => tf.tidy(() => Object.fromEntries(foldWeights(model))));
  if (!model.compiler) return new Map(Object.entries(run()));
  const compiled = model.compiler(run);
  try {
    return new Map(Object.entries(await model.inTurn(() => compiled())));
  } finally {
    await compiled.dispose();
  }
}

function forward(
  model: LlmMde,
  { pixel_values: pixels, input_ids: inputIds, attention_mask: attentionMask }: Inputs,
  options: { prototypes: ProjectedPrototypes; prompt: EmbeddedPrompt | undefined },
): tf.Tensor3D {
  const pixelValues = tf.transpose(pixels, [0, 2, 3, 1]);
  const words = inputIds && attentionMask && { inputIds, attentionMask: tf.cast(attentionMask, 'float32') };
  return model.forward({ pixelValues, ...words }, options);
}

/** Embedded here, so that the embeddings of all other words are not part of the file. */
function embed(model: LlmMde, { tokens }: Words & { kind: 'baked' }): EmbeddedPrompt {
  const shape: [number, number] = [1, tokens.length];
  return tf.tidy(() => ({
    embeddings: model.language.embed(tf.tensor2d(tokens.data, shape, 'int32')),
    attentionMask: tf.tensor2d(tokens.mask, shape),
  }));
}
