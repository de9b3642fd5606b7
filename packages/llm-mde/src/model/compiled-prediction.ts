import type { ProjectedPrototypes } from '@llm-mde/reprogramming';
import * as tf from '@tensorflow/tfjs-core';
import type { Compiled, Compiler } from '../compiler.js';
import { adaptersInUse, type FoldedWeights, foldedSources, foldWeights, withFoldedWeights } from './folded-weights.js';
import type { LlmMde } from './llm-mde.js';
import { feed, type ModelInputs, type PreparedImages } from './model-inputs.js';
import { inEvaluation, predictTensors } from './predict.js';

interface Options {
  flipAverage: boolean;
  adapters: string;
}

/**
 * A model's predictions as compiled graphs, one for each shape of inputs. What does not depend on the image (see `foldWeights`) is computed
 * by a graph of its own, once until the weights change, into variables. They stay where the graphs run, and after training nothing is
 * compiled again.
 */
export class CompiledPrediction {
  private readonly fold: Compiled<[string], tf.Tensor[]>;
  private readonly predict: Compiled<[ModelInputs, Options], tf.Tensor3D>;
  private readonly folded = new Map<string, tf.Variable>();
  private sources: readonly unknown[] = [];

  constructor(
    private readonly model: LlmMde,
    compiler: Compiler,
  ) {
    this.fold = compiler((_adapters) => {
      inEvaluation(model, () => tf.tidy(() => this.keep(foldWeights(model))));
      return [];
    });
    this.predict = compiler((inputs, { flipAverage }) => {
      const run = (prototypes: ProjectedPrototypes) => predictTensors(model, inputs, { flipAverage, prototypes });
      return inEvaluation(model, () => withFoldedWeights(model, this.folded, run));
    });
  }

  /**
   * Calls must neither overlap each other nor training.
   *
   * @returns depth as the head's stages give it, [B,rows,columns]; the caller disposes it.
   */
  async run(
    prepared: Omit<PreparedImages, 'prompts'>,
    { flipAverage }: { flipAverage: boolean },
  ): Promise<tf.Tensor3D> {
    const adapters = adaptersInUse(this.model);
    const sources = foldedSources(this.model);
    if (!sameMembers(sources, this.sources)) {
      await this.fold(adapters);
      this.sources = sources;
    }
    return this.predict(feed(prepared), { flipAverage, adapters });
  }

  async dispose(): Promise<void> {
    await Promise.all([this.fold.dispose(), this.predict.dispose()]);
    for (const variable of this.folded.values()) variable.dispose();
  }

  private keep(weights: FoldedWeights): void {
    for (const [name, weight] of weights) {
      let variable = this.folded.get(name);
      if (!variable) {
        // It begins with a constant: see compile's README.
        variable = tf.variable(tf.zerosLike(weight), false);
        this.folded.set(name, variable);
      }
      variable.assign(weight);
    }
  }
}

function sameMembers(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((member, index) => member === others[index]);
}
