import { offload } from '@llm-mde/nn';
import type { ProjectedPrototypes } from '@llm-mde/reprogramming';
import * as tf from '@tensorflow/tfjs-core';
import type { Compiled, Compiler } from '../compiler.js';
import {
  adaptersInUse,
  type FoldedWeights,
  foldedSources,
  foldedTensors,
  foldWeights,
  withFoldedWeights,
} from './folded-weights.js';
import type { LlmMde } from './llm-mde.js';
import { feed, type ModelInputs, type PreparedImages } from './model-inputs.js';
import { inEvaluation, predictTensors } from './predict.js';

interface Options {
  testTimeFlip: boolean;
  adapters: string;
}

/**
 * A model's predictions as compiled graphs, one for each shape of inputs. What does not depend on the image (see `foldWeights`) is computed
 * by a graph of its own, once until the weights change.
 *
 * While the model is trained, its results are variables, which stay where the graphs run: nothing is compiled again. Else they are constants of the
 * predictions' graphs, which take less memory, and what only that graph needed is let go of.
 */
export class CompiledPrediction {
  private folding: Compiled<[string], tf.NamedTensorMap> | undefined;
  private prediction: Compiled<[ModelInputs, Options], tf.Tensor3D> | undefined;
  private folded = new Map<string, tf.Tensor>();
  private sources: readonly unknown[] = [];

  /** @param inTraining Whether the weights are expected to change. */
  constructor(
    private readonly model: LlmMde,
    private readonly compiler: Compiler,
    readonly inTraining: boolean,
  ) {}

  /**
   * Calls must neither overlap each other nor training.
   *
   * @returns depth as the head's stages give it, [B,rows,columns]; the caller disposes it.
   */
  async run(
    prepared: Omit<PreparedImages, 'prompts'>,
    { testTimeFlip }: { testTimeFlip: boolean },
  ): Promise<tf.Tensor3D> {
    const adapters = adaptersInUse(this.model);
    const sources = foldedSources(this.model);
    if (!sameMembers(sources, this.sources)) {
      if (this.inTraining) await this.foldIntoVariables(adapters);
      else await this.foldIntoConstants(adapters);
      this.sources = sources;
    }
    this.prediction ??= this.compilePrediction();
    // Called in one turn: if nothing used the worker in between, it would end and another start.
    const freed = this.inTraining ? undefined : this.freeFolding();
    const [depth] = await Promise.all([this.prediction(feed(prepared), { testTimeFlip, adapters }), freed]);
    return depth;
  }

  async dispose(): Promise<void> {
    await Promise.all([this.freeFolding(), this.prediction?.dispose()]);
    tf.dispose([...this.folded.values()]);
  }

  private compilePrediction(): Compiled<[ModelInputs, Options], tf.Tensor3D> {
    const { model } = this;
    return this.compiler((inputs, { testTimeFlip }) => {
      const run = (prototypes: ProjectedPrototypes) => predictTensors(model, inputs, { testTimeFlip, prototypes });
      return inEvaluation(model, () => withFoldedWeights(model, this.folded, run));
    });
  }

  private async foldIntoVariables(adapters: string): Promise<void> {
    const { model } = this;
    this.folding ??= this.compiler((_adapters) => {
      inEvaluation(model, () => tf.tidy(() => this.assign(foldWeights(model))));
      return {};
    });
    await this.folding(adapters);
  }

  private assign(weights: FoldedWeights): void {
    for (const [name, weight] of weights) {
      let variable = this.folded.get(name) as tf.Variable | undefined;
      if (!variable) {
        // It begins with a constant: see compile's README.
        variable = tf.variable(tf.zerosLike(weight), false);
        this.folded.set(name, variable);
      }
      variable.assign(weight);
    }
  }

  private async foldIntoConstants(adapters: string): Promise<void> {
    const { model } = this;
    await this.dispose();
    this.prediction = undefined;
    for (const tensor of foldedTensors(model)) offload(tensor);
    this.folding = this.compiler((_adapters) =>
      inEvaluation(model, () => tf.tidy(() => Object.fromEntries(foldWeights(model)))),
    );
    this.folded = new Map(Object.entries(await this.folding(adapters)));
    for (const tensor of this.folded.values()) offload(tensor);
  }

  private async freeFolding(): Promise<void> {
    const { folding } = this;
    this.folding = undefined;
    await folding?.dispose();
  }
}

function sameMembers(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((member, index) => member === others[index]);
}
