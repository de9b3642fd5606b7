import { replaceFolder } from '@llm-mde/checkpoints';
import { type Graph, toOnnx, trace } from '@llm-mde/compile';
import type { ProjectedPrototypes } from '@llm-mde/reprogramming';
import * as tf from '@tensorflow/tfjs-core';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { inputSize } from '../configuration/input-size.js';
import { encodeJson } from '../files/save-network.js';
import { cameraOf } from '../inputs/camera.js';
import type { ModelRuntime } from '../inputs/model-runtime.js';
import type { EmbeddedPrompt, ModelInputs, Network } from '../network/network.js';
import {
  computeInferenceWeights,
  type InferenceWeights,
  withInferenceWeights,
} from '../prediction/inference-weights.js';
import { type ExportedPrompt, exportedPrompt } from './exported-prompt.js';
import { modelConfig, preprocessorConfig } from './hugging-face-config.js';

export interface ExportOnnxOptions {
  /** Images in a batch; `dynamic` takes any number. @default 'dynamic' */
  batch?: 'dynamic' | number;
  /**
   * - `adaptive`: the prompt's tokens are inputs of the model
   * - `baked`: the model's own prompt, if it is the same for every image, or none
   * - `{ text }`: this prompt for every image
   * @default 'adaptive' if the model's prompts differ from image to image, otherwise 'baked'
   */
  prompt?: 'adaptive' | 'baked' | { text: string };
  /**
   * For a model that knows its camera:
   *
   * - `assumed`: metres for a field of view of 60° along the longer side
   * - `input`: `focal_length` [batch], float32, is an input of the model: in pixels of the resized image, that is the photo's own times
   *   √(W/width · H/height)
   * @default 'assumed'
   */
  camera?: 'assumed' | 'input';
  /** Write the weights to a file of their own, `onnx/model.onnx_data`. @default if they take more than 1 GB */
  externalData?: boolean;
}

/**
 * Writes a model's prediction as ONNX, for every runtime that reads that: adapters are merged into the weights, and the prototypes' keys
 * and values are constants. The model itself stays as it is. Node only.
 *
 * `onnx/model.onnx` takes `pixel_values` [batch,3,H,W], float32, preprocessed as `preprocessor_config.json` says: in one orientation, the configured
 * one, into which photos of the other are squeezed. For adaptive prompts it also takes
 * `input_ids` and `attention_mask` [batch,P], int64, padded as by `prepareImages`. It gives `predicted_depth` [batch,rows,columns],
 * in metres, as the head's stages give it; `predict` enlarges that bilinearly to the image's size. Without adaptive prompts, transformers.js
 * opens the folder by `pipeline('depth-estimation', folder)`, which does all of that.
 *
 * @param folder Written under another name and renamed; replaces what was there.
 * @throws {ConfigurationError} if an option is wrong or does not fit the model.
 */
export async function exportOnnx(model: ModelRuntime, folder: string, options: ExportOnnxOptions = {}): Promise<void> {
  const { batch = 'dynamic', camera = 'assumed', externalData } = options;
  if (batch !== 'dynamic' && !(Number.isInteger(batch) && batch > 0)) {
    throw new ConfigurationError(`"batch" must be a positive integer or 'dynamic', got ${batch}.`);
  }
  const prompt = exportedPrompt(model, options.prompt);
  if (camera === 'input' && !model.network.configuration.camera) {
    throw new ConfigurationError(
      'This model has no camera, so a focal length can\'t be an input: export it without "camera".',
    );
  }
  // One turn: the graph reads the weights when it is written.
  const { model: bytes, data } = await model.runExclusive(async () =>
    toOnnx(await traceModel(model, prompt, batch, camera), {
      ...(externalData !== undefined && { externalData }),
      dataFile: 'model.onnx_data',
    }),
  );
  const config = modelConfig(model.network, prompt, { hasDataFile: data !== undefined });
  const files = new Map<string, Uint8Array | Iterable<Uint8Array>>([
    ['onnx/model.onnx', bytes],
    ['config.json', encodeJson(config)],
    ['preprocessor_config.json', encodeJson(preprocessorConfig(model.network))],
  ]);
  if (data) files.set(`onnx/${data.name}`, data.parts);
  await replaceFolder(folder, files);
}

type Inputs = {
  pixel_values: tf.Tensor4D;
  input_ids?: tf.Tensor2D;
  attention_mask?: tf.Tensor2D;
  focal_length?: tf.Tensor1D;
};

async function traceModel(
  model: ModelRuntime,
  prompt: ExportedPrompt,
  batch: 'dynamic' | number,
  camera: 'assumed' | 'input',
): Promise<Graph> {
  const { network } = model;
  const [height, width] = inputSize(network.configuration);
  const weights = await compute(model);
  const baked = prompt.kind === 'baked' ? embed(network, prompt) : undefined;
  // The size of a batch does not matter if it is dynamic.
  const size = batch === 'dynamic' ? 1 : batch;
  const inputs = {
    pixel_values: { shape: [size, 3, height, width] },
    ...(prompt.kind === 'inputs' && {
      input_ids: { shape: [size, prompt.length], dtype: 'int64' },
      attention_mask: { shape: [size, prompt.length], dtype: 'int64' },
    }),
    ...(camera === 'input' && { focal_length: { shape: [size] } }),
  };
  try {
    return network.inEvaluation(() =>
      withInferenceWeights(network, weights, (prototypes) =>
        trace(
          (given: Inputs) => ({ predicted_depth: forward(network, given, { prototypes, prompt: baked }) }),
          inputs,
          { dynamicBatch: batch === 'dynamic' },
        ),
      ),
    );
  } finally {
    tf.dispose([...weights.values(), ...(baked ? [baked.embeddings, baked.attentionMask] : [])]);
  }
}

/** Where the model runs, since there are large products among them. */
async function compute({ network, compiler }: ModelRuntime): Promise<InferenceWeights> {
  const compiled = compiler(() =>
    network.inEvaluation(() => tf.tidy(() => Object.fromEntries(computeInferenceWeights(network)))),
  );
  try {
    return new Map(Object.entries(await compiled()));
  } finally {
    await compiled.dispose();
  }
}

function forward(
  network: Network,
  { pixel_values: pixels, input_ids: inputIds, attention_mask: attentionMask, focal_length: focalLength }: Inputs,
  options: { prototypes: ProjectedPrototypes; prompt: EmbeddedPrompt | undefined },
): tf.Tensor3D {
  const pixelValues = tf.transpose(pixels, [0, 2, 3, 1]);
  const words = inputIds && attentionMask && { inputIds, attentionMask: tf.cast(attentionMask, 'float32') };
  return network.forward({ pixelValues, ...words, ...cameraInput(network, focalLength) }, options);
}

function cameraInput(
  { configuration }: Network,
  focalLength: tf.Tensor1D | undefined,
): Pick<ModelInputs, 'depthScale'> {
  const { camera } = configuration;
  if (!camera) return {};
  const [height, width] = inputSize(configuration);
  const used = focalLength ?? tf.tensor1d([cameraOf({ width, height }).focalLength]);
  return { depthScale: tf.div<tf.Tensor1D>(used, camera.focalLength) };
}

/** Embedded here, so that the embeddings of all other words are not part of the file. */
function embed({ language }: Network, { tokens }: ExportedPrompt & { kind: 'baked' }): EmbeddedPrompt {
  const shape: [number, number] = [1, tokens.length];
  return tf.tidy(() => ({
    embeddings: language.embed(tf.tensor2d(tokens.data, shape, 'int32')),
    attentionMask: tf.tensor2d(tokens.mask, shape),
  }));
}
