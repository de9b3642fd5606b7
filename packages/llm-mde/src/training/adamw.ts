import type { Parameter } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';

export interface AdamWOptions {
  /** Decay rate of the running mean of the gradients. @default 0.9 */
  beta1?: number;
  /** Decay rate of the running mean of their squares. @default 0.999 */
  beta2?: number;
  /** Added to the denominator. @default 1e-8 */
  epsilon?: number;
}

export interface ParameterGroup {
  /** Trainable parameters by name; the names are those of the saved state. */
  parameters: ReadonlyMap<string, Parameter>;
  /** Share of a parameter that is taken off per step, times the learning rate. @default 0.01 */
  weightDecay?: number;
  /** Factor on the learning rate of this group. @default 1 */
  learningRateScale?: number;
}

/** What a step depends on besides the gradients, so that a compiled step has it as an input. */
export interface AdamWStep {
  learningRate: tf.Scalar;
  /** 1 − beta1^t */
  meanCorrection: tf.Scalar;
  /** √(1 − beta2^t) */
  squareCorrection: tf.Scalar;
}

/** How a step uses its gradients, where that is only known on the device. */
export interface GradientUse {
  /** Factor on all gradients. @default 1 */
  scale?: tf.Scalar;
  /** A truth value; where it is false, the step changes nothing, whatever the gradients are. @default true */
  taken?: tf.Scalar;
}

/** The optimizer's memory: values in state-dict order, by parameter name, and the number of steps taken. */
export interface AdamWState {
  steps: number;
  /** `exp_avg.NAME` and `exp_avg_sq.NAME`, as PyTorch calls them. */
  tensors: Map<string, { shape: readonly number[]; data: Float32Array }>;
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), with PyTorch's defaults and order of operations. */
export class AdamW {
  private readonly options: Required<AdamWOptions>;
  private readonly slots: Slot[];
  private stepCount = 0;

  constructor(groups: readonly ParameterGroup[], { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamWOptions = {}) {
    this.options = { beta1, beta2, epsilon };
    this.slots = groups.flatMap(({ parameters, weightDecay = 0.01, learningRateScale = 1 }) =>
      [...parameters].map(([name, parameter]) => {
        const zeros = () => tf.tidy(() => tf.variable(tf.zerosLike(parameter.value), false));
        return { name, parameter, weightDecay, learningRateScale, mean: zeros(), square: zeros() };
      }),
    );
  }

  /** Number of steps taken. */
  get steps(): number {
    return this.stepCount;
  }

  /**
   * Takes one step.
   * @param gradients By the name of the parameter's variable, as `tf.variableGrads` returns them. A parameter without one is left alone.
   */
  step(gradients: tf.NamedTensorMap, learningRate: number): void {
    const { meanCorrection, squareCorrection } = this.nextStep(learningRate);
    tf.tidy(() =>
      this.update(gradients, {
        learningRate: tf.scalar(learningRate),
        meanCorrection: tf.scalar(meanCorrection),
        squareCorrection: tf.scalar(squareCorrection),
      }),
    );
    this.countStep();
  }

  /** The numbers that `update` takes as scalars, for the step that comes next. */
  nextStep(learningRate: number): Record<keyof AdamWStep, number> {
    const number = this.stepCount + 1;
    return {
      learningRate,
      meanCorrection: 1 - this.options.beta1 ** number,
      squareCorrection: Math.sqrt(1 - this.options.beta2 ** number),
    };
  }

  /** To be called after each `update` that was taken. */
  countStep(): void {
    this.stepCount += 1;
  }

  /** The tensor part of a step: a pure function of the gradients, the step's numbers and the variables that it assigns to. */
  update(gradients: tf.NamedTensorMap, step: AdamWStep, use: GradientUse = {}): void {
    tf.tidy(() => {
      const factors = this.factors(step, use);
      for (const slot of this.slots) {
        const gradient = gradients[slot.parameter.variable.name];
        if (gradient)
          tf.tidy(() => updateSlot(slot, use.taken ? nothingUnless(use.taken, gradient) : gradient, factors));
      }
    });
  }

  /** What a step multiplies with. All of it is scalars: the large tensors are passed over as seldom as possible. */
  private factors(step: AdamWStep, { scale = tf.scalar(1), taken }: GradientUse): Factors {
    const { beta1, beta2, epsilon } = this.options;
    const { learningRate, meanCorrection, squareCorrection } = step;
    const taking = (value: tf.Tensor, otherwise: number) =>
      taken ? tf.where(taken, value, tf.scalar(otherwise)) : value;
    return {
      keptMean: taking(tf.scalar(beta1), 1),
      addedMean: taking(tf.mul(scale, 1 - beta1), 0),
      keptSquare: taking(tf.scalar(beta2), 1),
      addedSquare: taking(tf.mul(tf.square(scale), 1 - beta2), 0),
      learningRate: taking(learningRate, 0),
      correction: tf.div(squareCorrection, meanCorrection),
      epsilon: tf.mul(squareCorrection, epsilon),
    };
  }

  /** A copy of everything that a later run needs to go on exactly. */
  async state(): Promise<AdamWState> {
    const tensors: AdamWState['tensors'] = new Map();
    for (const slot of this.slots) {
      for (const [key, variable] of memoryOf(slot)) {
        const ordered = slot.parameter.inStateOrder(variable);
        tensors.set(key, { shape: slot.parameter.shape, data: (await ordered.data<'float32'>()).slice() });
        ordered.dispose();
      }
    }
    return { steps: this.stepCount, tensors };
  }

  /**
   * Goes on where another optimizer over the same parameters stood.
   * @throws if a tensor is missing, foreign or of another shape; nothing has changed then.
   */
  loadState({ steps, tensors }: AdamWState): void {
    const expected = new Map(
      this.slots.flatMap((slot) => memoryOf(slot).map(([key, variable]) => [key, { slot, variable }] as const)),
    );
    const missing = [...expected.keys()].filter((key) => !tensors.has(key));
    const foreign = [...tensors.keys()].filter((key) => !expected.has(key));
    if (missing.length > 0 || foreign.length > 0) {
      throw new Error(
        `The optimizer's state is another model's: missing ${missing.join(', ') || 'nothing'}; not known ${foreign.join(', ') || 'nothing'}.`,
      );
    }
    for (const [key, { slot }] of expected) {
      const { shape } = tensors.get(key)!;
      if (shape.join() !== slot.parameter.shape.join()) {
        throw new Error(`The optimizer's "${key}" is [${shape}], but the parameter is [${slot.parameter.shape}].`);
      }
    }
    for (const [key, { slot, variable }] of expected) {
      tf.tidy(() => variable.assign(slot.parameter.inMemoryOrder(tensors.get(key)!.data)));
    }
    this.stepCount = steps;
  }

  dispose(): void {
    for (const { mean, square } of this.slots) tf.dispose([mean, square]);
  }
}

interface Slot {
  name: string;
  parameter: Parameter;
  weightDecay: number;
  learningRateScale: number;
  mean: tf.Variable;
  square: tf.Variable;
}

interface Factors {
  keptMean: tf.Tensor;
  addedMean: tf.Tensor;
  keptSquare: tf.Tensor;
  addedSquare: tf.Tensor;
  learningRate: tf.Tensor;
  /** squareCorrection / meanCorrection */
  correction: tf.Tensor;
  epsilon: tf.Tensor;
}

/**
 * PyTorch's mean / meanCorrection / (√square / squareCorrection + epsilon), multiplied out so that the corrections are factors of the
 * learning rate and of epsilon.
 */
function updateSlot(slot: Slot, gradient: tf.Tensor, factors: Factors): void {
  const { parameter, weightDecay, learningRateScale, mean, square } = slot;
  const { learningRate, correction, epsilon } = factors;
  const rate = learningRateScale === 1 ? learningRate : tf.mul(learningRate, learningRateScale);
  mean.assign(tf.add(tf.mul(mean, factors.keptMean), tf.mul(gradient, factors.addedMean)));
  square.assign(tf.add(tf.mul(square, factors.keptSquare), tf.mul(tf.square(gradient), factors.addedSquare)));
  const direction = tf.mul(tf.div(mean, tf.add(tf.sqrt(square), epsilon)), tf.mul(rate, correction));
  const decayed = weightDecay === 0 ? parameter.value : tf.mul(parameter.value, tf.sub(1, tf.mul(rate, weightDecay)));
  parameter.assign(tf.sub(decayed, direction));
}

/** Zeros in the place of gradients that are not used: not their product with 0, which is not a number where they are not. */
function nothingUnless(taken: tf.Scalar, gradient: tf.Tensor): tf.Tensor {
  return tf.where(taken, gradient, tf.zerosLike(gradient));
}

function memoryOf({ name, mean, square }: Slot): [key: string, variable: tf.Variable][] {
  return [
    [`exp_avg.${name}`, mean],
    [`exp_avg_sq.${name}`, square],
  ];
}
