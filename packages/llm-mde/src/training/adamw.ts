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
      const gradientOf = ({ parameter }: Slot) => gradients[parameter.variable.name];
      const used = this.slots.filter(gradientOf);
      for (const slots of together(used)) {
        tf.tidy(() => {
          const gradient = joined(slots.map((slot) => gradientOf(slot)!));
          updateSlots(slots, use.taken ? nothingUnless(use.taken, gradient) : gradient, factors);
        });
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

/** Parameters with more values than this are updated alone, for joining them would copy much; the others cost mostly the calls. */
const SMALL = 2 ** 15;
/** With its output, as many as a WebGPU shader may bind everywhere. */
const MOST_TOGETHER = 7;

/** Slots in groups whose values are computed in one go. */
function together(slots: readonly Slot[]): Slot[][] {
  const groups: Slot[][] = [];
  const open = new Map<string, Slot[]>();
  for (const slot of slots) {
    if (slot.mean.size > SMALL) {
      groups.push([slot]);
      continue;
    }
    const alike = `${slot.weightDecay} ${slot.learningRateScale}`;
    let group = open.get(alike);
    if (!group || group.length === MOST_TOGETHER) {
      group = [];
      open.set(alike, group);
      groups.push(group);
    }
    group.push(slot);
  }
  return groups;
}

/**
 * PyTorch's mean / meanCorrection / (√square / squareCorrection + epsilon), multiplied out so that the corrections are factors of the
 * learning rate and of epsilon.
 *
 * @param slots all with the same decay and scale.
 */
function updateSlots(slots: readonly Slot[], gradient: tf.Tensor, factors: Factors): void {
  const { weightDecay, learningRateScale } = slots[0]!;
  const { learningRate, correction, epsilon } = factors;
  const rate = learningRateScale === 1 ? learningRate : tf.mul(learningRate, learningRateScale);
  const [oldMean, oldSquare] = [joined(slots.map(({ mean }) => mean)), joined(slots.map(({ square }) => square))];
  const mean = tf.add(tf.mul(oldMean, factors.keptMean), tf.mul(gradient, factors.addedMean));
  const square = tf.add(tf.mul(oldSquare, factors.keptSquare), tf.mul(tf.square(gradient), factors.addedSquare));
  const direction = tf.mul(tf.div(mean, tf.add(tf.sqrt(square), epsilon)), tf.mul(rate, correction));
  const value = joined(slots.map(({ parameter }) => parameter.value));
  const decayed = weightDecay === 0 ? value : tf.mul(value, tf.sub(1, tf.mul(rate, weightDecay)));
  const shapes = slots.map(({ mean }) => mean.shape);
  const [means, squares, values] = [mean, square, tf.sub(decayed, direction)].map((tensor) => parted(tensor, shapes));
  slots.forEach((slot, index) => {
    slot.mean.assign(means![index]!);
    slot.square.assign(squares![index]!);
    slot.parameter.assign(values![index]!);
  });
}

/** The values of tensors one after the other; a single tensor as it is. */
function joined(tensors: readonly tf.Tensor[]): tf.Tensor {
  return tensors.length === 1 ? tensors[0]! : tf.concat(tensors.map((tensor) => tf.reshape(tensor, [-1])));
}

/** The reverse of {@link joined}. */
function parted(values: tf.Tensor, shapes: readonly number[][]): tf.Tensor[] {
  if (shapes.length === 1) return [values];
  const parts = tf.split(values, shapes.map(tf.util.sizeFromShape));
  return parts.map((part, index) => tf.reshape(part, shapes[index]!));
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
