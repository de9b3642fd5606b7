import type { CompiledFunction, Compiler } from '@llm-mde/compile/eager';
import { offload } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { InputArrays } from '../inputs/processor.js';
import { inEightBits } from '../network/layers.js';
import { adaptersInUse, type ModelInputs, type Network, sameMembers } from '../network/network.js';
import {
  computeInferenceWeights,
  type InferenceWeights,
  inferenceSources,
  sourceTensors,
  withInferenceWeights,
} from './inference-weights.js';

interface Options {
  testTimeFlip: boolean;
  adapters: string;
}

/**
 * Predictions of a network as functions of tensors, compiled once for each shape of inputs. What does not depend on the image (see
 * `computeInferenceWeights`) is computed by a function of its own, again only when the weights have changed.
 *
 * While the network is trained, its results are variables, which stay where the graphs run: nothing is compiled again. Otherwise they and all weights
 * are constants of the predictions' graphs, which are faster and take less memory, and what only the first function needed is freed.
 */
export class Predictor {
  private folding: CompiledFunction<[string], tf.NamedTensorMap> | undefined;
  private prediction: CompiledFunction<[ModelInputs, Options], tf.Tensor3D> | undefined;
  private weights = new Map<string, tf.Tensor>();
  private sources: readonly unknown[] = [];
  private structure: readonly unknown[] = [];

  /**
   * @param inTraining Whether the weights are expected to change.
   * @param float32 With int8, the layers that stay in float32. @default the configuration's
   */
  constructor(
    private readonly network: Network,
    private readonly compiler: Compiler,
    readonly inTraining: boolean,
    private readonly precision: 'float32' | 'int8' = 'float32',
    private float32?: readonly string[],
  ) {
    network.makeInitialValues();
  }

  /** Predicts from now on with other layers in float32; the weights stay as they are. */
  async keepInFloat32(layers: readonly string[]): Promise<void> {
    const { prediction } = this;
    this.float32 = layers;
    this.prediction = undefined;
    await prediction?.dispose();
  }

  /**
   * Calls must neither overlap each other nor training.
   *
   * @returns depth as the head gives it, [B,rows,columns]; the caller disposes it.
   */
  async run(inputs: InputArrays, { testTimeFlip }: { testTimeFlip: boolean }): Promise<tf.Tensor3D> {
    const structure = this.inTraining ? this.network.structure() : valuesOf(this.network);
    if (!sameMembers(structure, this.structure)) await this.dispose();
    this.structure = structure;
    const adapters = adaptersInUse(this.network);
    const sources = inferenceSources(this.network);
    if (!sameMembers(sources, this.sources)) {
      if (this.inTraining) await this.foldIntoVariables(adapters);
      else await this.foldIntoConstants(adapters);
      this.sources = sources;
    }
    this.prediction ??= this.compilePrediction();
    // Called in one turn: if nothing used the worker in between, it would end and another start.
    const freed = this.inTraining ? undefined : this.freeFolding();
    const [depth] = await Promise.all([this.prediction(inputs, { testTimeFlip, adapters }), freed]);
    return depth;
  }

  /** Frees all graphs and what they compute with; another `run` makes them again. */
  async dispose(): Promise<void> {
    const { prediction, weights } = this;
    this.prediction = undefined;
    this.weights = new Map();
    this.sources = [];
    await Promise.all([this.freeFolding(), prediction?.dispose()]).finally(() => tf.dispose([...weights.values()]));
  }

  private compilePrediction(): CompiledFunction<[ModelInputs, Options], tf.Tensor3D> {
    const { network, precision, inTraining } = this;
    return this.compiler(
      (inputs: ModelInputs, { testTimeFlip }: Options) =>
        network.inEvaluation(() =>
          withInferenceWeights(network, this.weights, (prototypes) => {
            const depth = network.forward(inputs, { prototypes });
            if (!testTimeFlip) return depth;
            const mirrored = { ...inputs, pixelValues: tf.reverse(inputs.pixelValues, 2) };
            return tf.div(tf.add(depth, tf.reverse(network.forward(mirrored, { prototypes }), 2)), 2) as tf.Tensor3D;
          }),
        ),
      {
        variables: inTraining ? 'read' : 'constant',
        ...(precision === 'int8' && inEightBits(network, this.float32, this.weights)),
      },
    );
  }

  private async foldIntoVariables(adapters: string): Promise<void> {
    const { network } = this;
    this.folding ??= this.compiler((_adapters) => {
      network.inEvaluation(() => tf.tidy(() => this.assign(computeInferenceWeights(network))));
      return {};
    });
    await this.folding(adapters);
  }

  private assign(weights: InferenceWeights): void {
    for (const [name, weight] of weights) {
      let variable = this.weights.get(name) as tf.Variable | undefined;
      if (!variable) {
        // It begins with a constant: see compile's README.
        variable = tf.variable(tf.zerosLike(weight), false);
        this.weights.set(name, variable);
      }
      variable.assign(weight);
    }
  }

  private async foldIntoConstants(adapters: string): Promise<void> {
    const { network } = this;
    await this.dispose();
    for (const tensor of sourceTensors(network)) offload(tensor);
    this.folding = this.compiler((_adapters) =>
      network.inEvaluation(() => tf.tidy(() => Object.fromEntries(computeInferenceWeights(network)))),
    );
    this.weights = new Map(Object.entries(await this.folding(adapters)));
    for (const tensor of this.weights.values()) offload(tensor);
  }

  private async freeFolding(): Promise<void> {
    const { folding } = this;
    this.folding = undefined;
    await folding?.dispose();
  }
}

/** Which values graphs with constants have. */
function valuesOf(network: Network): unknown[] {
  return [...network.namedState().values()].map(({ value }) => value.dataId);
}
