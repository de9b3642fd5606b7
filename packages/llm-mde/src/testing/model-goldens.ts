// How far a model is from what PyTorch computed; for Node and browsers.
import { SafetensorsFile } from '@llm-mde/checkpoints';
import { Dropout } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { largestDifference, type onDevice as runOnDevice } from '../../../../tooling/parity/tower-goldens.mjs';
import type { ModelInputs, Network } from '../network/network.js';
import { trainingLoss } from '../training/train-step.js';

interface GoldenTensor {
  shape: readonly number[];
  values: Float32Array | Int32Array;
}

/** What tooling/parity/model-goldens.py writes. */
export interface ModelGoldens {
  loss: number;
  learningRate: number;
  losses: number[];
  /** A tensor that PyTorch computed. */
  tensor(name: string): Promise<GoldenTensor>;
  batch(index: number): Promise<{ inputs: ModelInputs; truth: tf.Tensor3D; valid: tf.Tensor3D }>;
}

/** @param bytes Of goldens.safetensors. */
export async function parseModelGoldens(json: string, bytes: Uint8Array): Promise<ModelGoldens> {
  const file = await SafetensorsFile.fromBytes(bytes);
  const tensor = async (name: string) => ({ shape: file.tensors.get(name)!.shape, values: await file.read(name) });
  const made = async (name: string, dtype: 'float32' | 'int32' = 'float32') => {
    const { shape, values } = await tensor(name);
    return tf.tensor(dtype === 'int32' ? values : Float32Array.from(values), [...shape], dtype);
  };
  return {
    ...JSON.parse(json),
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

/** One quantity of the model beside PyTorch's. */
export interface ModelRow {
  quantity: string;
  /** The largest difference, as a share of the largest value. */
  error: number;
}

/** Rows of more are wrong. */
export const MODEL_TOLERANCE = 1e-3;

/** The goldens were made without dropout. */
export function withoutDropout(model: Network): Network {
  for (const [, module] of model.namedModules()) {
    if (module instanceof Dropout) (module as { probability: number }).probability = 0;
  }
  return model;
}

/** The depth that a model gives, in evaluation and in training mode. */
export async function compareDepth(
  model: Network,
  goldens: ModelGoldens,
  onDevice: typeof runOnDevice,
): Promise<ModelRow[]> {
  const { inputs, truth } = await goldens.batch(0);
  model.eval();
  const predict = await onDevice((given: ModelInputs) => model.forward(given, { prototypes: model.prototypes() }));
  const rows = [await compare('depth', await predict(inputs), await goldens.tensor('depth.evaluation'))];
  model.train();
  const [, height, width] = truth.shape;
  const forward = await onDevice((given: ModelInputs) => model.forward(given, { size: [height, width] }));
  rows.push(await compare('depth in training', await forward(inputs), await goldens.tensor('depth.training')));
  await Promise.all([predict.dispose(), forward.dispose()]);
  return rows;
}

/** The loss, and the gradient of every trainable parameter. */
export async function compareGradients(
  model: Network,
  goldens: ModelGoldens,
  onDevice: typeof runOnDevice,
): Promise<ModelRow[]> {
  model.train();
  const { inputs, truth, valid } = await goldens.batch(0);
  const run = await onDevice((given: ModelInputs, depth: tf.Tensor3D, known: tf.Tensor3D) =>
    tf.variableGrads(() => trainingLoss(model, given, depth, known), model.trainableVariables()),
  );
  const { value, grads } = await run(inputs, truth, valid);
  await run.dispose();
  const rows = [{ quantity: 'loss', error: Math.abs((await value.data())[0]! / goldens.loss - 1) }];
  for (const [name, parameter] of model.trainableParameters()) {
    const gradient = parameter.inStateOrder(grads[parameter.variable.name]!);
    const golden = await goldens.tensor(`grad.${pythonName(name)}`);
    // Keys' biases cannot change a softmax: what their gradient should be is rounding.
    const scale = name === 'reprogramming.key_projection.bias' ? 1e-2 : undefined;
    rows.push(await compare(`gradient of ${name}`, gradient, golden, scale));
  }
  return rows;
}

async function compare(
  quantity: string,
  actual: tf.Tensor,
  { shape, values: expected }: GoldenTensor,
  scale = Math.max(...Array.from(expected, Math.abs)),
): Promise<ModelRow> {
  if (actual.shape.join() !== shape.join()) throw new Error(`${quantity} is [${actual.shape}], not [${shape}].`);
  return { quantity, error: largestDifference(await actual.data(), expected) / scale };
}

/** The name that PyTorch's model has for a parameter of this one. */
function pythonName(name: string): string {
  const [, tower, path] = /^(vision|language)_adapter\.(.*)$/.exec(name) ?? [];
  if (!tower) return name;
  const renamed = path!
    .replace(/^encoder\.layer\.(\d+)\.attention\.attention\.query/, 'layers.$1.attention.q_proj')
    .replace(/^encoder\.layer\.(\d+)\.attention\.attention\.value/, 'layers.$1.attention.v_proj');
  return `${tower}.base_model.model.${tower === 'vision' ? renamed : path}`;
}
