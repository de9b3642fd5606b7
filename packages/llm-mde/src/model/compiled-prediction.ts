import type { ProjectedPrototypes } from '@llm-mde/reprogramming';
import * as tf from '@tensorflow/tfjs-core';
import type { Compiled, Compiler, TensorValues } from '../compiler.js';
import type { LlmMde } from './llm-mde.js';
import { feed, type ModelInputs, type PreparedImages } from './model-inputs.js';
import { inEvaluation, predictTensors } from './predict.js';

/**
 * A model's predictions as compiled graphs, one for each shape of inputs. The prototypes' keys and values are computed by a graph of
 * their own, once until the weights change, and are inputs of the others.
 */
export class CompiledPrediction {
  private readonly project: Compiled<[], ProjectedPrototypes>;
  private readonly predict: Compiled<[ModelInputs, ProjectedPrototypes, { flipAverage: boolean }], tf.Tensor3D>;
  private prototypes: Promise<{ key: TensorValues; value: TensorValues }> | undefined;

  constructor(model: LlmMde, compiler: Compiler) {
    this.project = compiler(() =>
      inEvaluation(model, () => tf.tidy(() => ({ ...model.reprogramming.project(model.prototypes()) }))),
    );
    this.predict = compiler((inputs, prototypes, { flipAverage }) =>
      predictTensors(model, inputs, { flipAverage, prototypes }),
    );
  }

  /** @returns depth as the head's stages give it, [B,rows,columns]; the caller disposes it. */
  async run(prepared: PreparedImages, options: { flipAverage: boolean }): Promise<tf.Tensor3D> {
    this.prototypes ??= this.projectPrototypes();
    return this.predict(feed(prepared), await this.prototypes, options);
  }

  /** To be called when weights change. */
  forgetPrototypes(): void {
    this.prototypes = undefined;
  }

  async dispose(): Promise<void> {
    await Promise.all([this.project.dispose(), this.predict.dispose()]);
  }

  private async projectPrototypes() {
    const { key, value } = await this.project();
    const [keys, values] = await Promise.all([readValues(key), readValues(value)]);
    return { key: keys, value: values };
  }
}

async function readValues(tensor: tf.Tensor): Promise<TensorValues> {
  const data = await tensor.data<'float32'>();
  tensor.dispose();
  return { data, shape: tensor.shape };
}
