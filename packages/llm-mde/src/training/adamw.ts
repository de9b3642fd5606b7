import type { TensorData } from '@llm-mde/compile/eager';
import type { Parameter } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';

export interface AdamWOptions {
  /** Decay rate of the running mean of the gradients. @default 0.9 */
  beta1?: number;
  /** Decay rate of the running mean of their squares. @default 0.999 */
  beta2?: number;
  /** Added to the denominator. @default 1e-8 */
  epsilon?: number;
  /**
   * Keeps an exponential moving average of every parameter, of which each step keeps this share; of the first steps less, (1 + t) / (10 + t), so that
   * the initial values are soon forgotten. @default none is kept
   */
  averageDecay?: number | undefined;
}

export interface ParameterGroup {
  /** Trainable parameters by name; the names are those of the saved state. */
  parameters: ReadonlyMap<string, Parameter>;
  /** Share of a parameter that is subtracted per step, times the learning rate. @default 0.01 */
  weightDecay?: number;
}

/** What a step depends on besides the gradients, so that a compiled step has it as an input. */
export interface AdamWStep {
  learningRate: tf.Scalar;
  /** 1 − beta1^t of each parameter, [parameters]; t counts the steps in which it had a gradient. */
  meanCorrection: tf.Tensor1D;
  /** √(1 − beta2^t) */
  squareCorrection: tf.Tensor1D;
  /** Share of the new parameters in their moving averages. */
  averageShare: tf.Scalar;
}

/** How a step uses its gradients, as far as only the device knows. */
export interface GradientUse {
  /** Factor on all gradients. @default 1 */
  scale?: tf.Scalar;
  /** A truth value; if it is false, the step changes nothing, whatever the gradients are. @default true */
  applied?: tf.Scalar;
}

/** The optimizer's memory: values in state-dict order, by parameter name, and the number of steps taken. */
export interface AdamWState {
  steps: number;
  /** `exp_avg.NAME` and `exp_avg_sq.NAME`, as PyTorch calls them, and `average.NAME`; `step.NAME` of a parameter that had no gradient in some steps. */
  tensors: Map<string, { shape: readonly number[]; data: Float32Array }>;
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), with PyTorch's defaults and order of operations. */
export class AdamW {
  private readonly options: Required<Omit<AdamWOptions, 'averageDecay'>>;
  private readonly averageDecay: number | undefined;
  private slots: Slot[] = [];
  /** Those that had gradients when `update` ran. */
  private used: Slot[] = [];
  private stepCount = 0;
  private exchanged = false;

  constructor(groups: readonly ParameterGroup[], options: AdamWOptions = {}) {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, averageDecay } = options;
    this.options = { beta1, beta2, epsilon };
    this.averageDecay = averageDecay;
    this.setParameters(groups);
  }

  /** Trains these parameters from now on. What is remembered of those that it trained already stays. */
  setParameters(groups: readonly ParameterGroup[]): void {
    const known = new Map(this.slots.map((slot) => [slot.parameter, slot]));
    this.slots = groups.flatMap(({ parameters, weightDecay = 0.01 }) =>
      [...parameters].map(([name, parameter]) => {
        const slot = known.get(parameter) ?? this.newSlot(parameter);
        known.delete(parameter);
        return { ...slot, name, weightDecay };
      }),
    );
    this.used = [];
    for (const slot of known.values()) disposeSlot(slot);
  }

  private newSlot(parameter: Parameter): Omit<Slot, 'name' | 'weightDecay'> {
    const zeros = () => tf.tidy(() => tf.variable(tf.zerosLike(parameter.value), false));
    const average =
      this.averageDecay === undefined ? undefined : tf.tidy(() => tf.variable(tf.clone(parameter.value), false));
    return { parameter, steps: 0, mean: zeros(), square: zeros(), average };
  }

  /** Number of steps taken. */
  get steps(): number {
    return this.stepCount;
  }

  /** What `update` takes as tensors, for the step that comes next. */
  nextStep(learningRate: number): Record<keyof AdamWStep, TensorData> {
    const perParameter = (correction: (step: number) => number): TensorData => ({
      data: Float32Array.from(this.slots, ({ steps }) => correction(steps + 1)),
      shape: [this.slots.length],
    });
    return {
      learningRate: { data: Float32Array.of(learningRate), shape: [] },
      meanCorrection: perParameter((step) => 1 - this.options.beta1 ** step),
      squareCorrection: perParameter((step) => Math.sqrt(1 - this.options.beta2 ** step)),
      averageShare: { data: Float32Array.of(1 - this.keptAverage()), shape: [] },
    };
  }

  /** Whether the parameters are their moving averages now. */
  get areExchanged(): boolean {
    return this.exchanged;
  }

  private keptAverage(): number {
    return Math.min(this.averageDecay ?? 0, (1 + this.stepCount) / (10 + this.stepCount));
  }

  /** Puts the moving averages in the place of the parameters, and the parameters in theirs; the next time back. Without averages it does nothing. */
  exchangeAverages(): void {
    this.exchanged = !this.exchanged;
    tf.tidy(() => {
      for (const { parameter, average } of this.slots) {
        if (!average) continue;
        const values = tf.clone(parameter.value);
        parameter.assign(average);
        average.assign(values);
      }
    });
  }

  /** To be called after each `update` that was applied. */
  countStep(): void {
    this.stepCount += 1;
    for (const slot of this.used) slot.steps += 1;
  }

  /** Everything that `update` assigns to. */
  variables(): tf.Variable[] {
    return this.slots.flatMap((slot) => [slot.parameter.variable, ...memoryOf(slot).map(([, variable]) => variable)]);
  }

  /** The tensor part of a step: a pure function of the gradients, the step's numbers and the variables that it assigns to. */
  update(gradients: tf.NamedTensorMap, step: AdamWStep, use: GradientUse = {}): void {
    tf.tidy(() => {
      const gradientOf = ({ parameter }: Slot) => gradients[parameter.variable.name];
      this.used = this.slots.filter(gradientOf);
      const factorsAfter = new Map<number, Factors>();
      for (const slots of grouped(this.used)) {
        const { steps } = slots[0]!;
        const factors = factorsAfter.get(steps) ?? this.factors(step, this.slots.indexOf(slots[0]!), use);
        factorsAfter.set(steps, factors);
        tf.tidy(() => {
          const gradient = concatenated(slots.map((slot) => gradientOf(slot)!));
          updateSlots(slots, use.applied ? zerosUnless(use.applied, gradient) : gradient, factors);
        });
      }
    });
  }

  /** What a step multiplies with. All of it is scalars: each large tensor is read as rarely as possible. */
  private factors(step: AdamWStep, slot: number, { scale = tf.scalar(1), applied }: GradientUse): Factors {
    const { beta1, beta2, epsilon } = this.options;
    const { learningRate } = step;
    const [meanCorrection, squareCorrection] = [step.meanCorrection, step.squareCorrection].map((corrections) =>
      tf.reshape(tf.slice(corrections, slot, 1), []),
    ) as [tf.Scalar, tf.Scalar];
    const ifApplied = (value: tf.Tensor, otherwise: number) =>
      applied ? tf.where(applied, value, tf.scalar(otherwise)) : value;
    return {
      keptMean: ifApplied(tf.scalar(beta1), 1),
      addedMean: ifApplied(tf.mul(scale, 1 - beta1), 0),
      keptSquare: ifApplied(tf.scalar(beta2), 1),
      addedSquare: ifApplied(tf.mul(tf.square(scale), 1 - beta2), 0),
      learningRate: ifApplied(learningRate, 0),
      correction: tf.div(squareCorrection, meanCorrection),
      epsilon: tf.mul(squareCorrection, epsilon),
      averageShare: ifApplied(step.averageShare, 0),
    };
  }

  /** A copy of everything that a later run needs to resume exactly. */
  async state(): Promise<AdamWState> {
    const tensors: AdamWState['tensors'] = new Map();
    for (const slot of this.slots) {
      if (slot.steps !== this.stepCount) {
        tensors.set(`step.${slot.name}`, { shape: [], data: Float32Array.of(slot.steps) });
      }
      for (const [key, variable] of memoryOf(slot)) {
        const data = (await slot.parameter.readInStateOrder(variable)) as Float32Array;
        tensors.set(key, { shape: slot.parameter.shape, data });
      }
    }
    return { steps: this.stepCount, tensors };
  }

  /**
   * Resumes from the state of another optimizer over the same parameters.
   * @throws if a tensor is missing, unexpected or of another shape; nothing has changed then.
   */
  loadState({ steps, tensors }: AdamWState): void {
    const expected = new Map(
      this.slots.flatMap((slot) => memoryOf(slot).map(([key, variable]) => [key, { slot, variable }] as const)),
    );
    const missing = [...expected.keys()].filter((key) => !tensors.has(key));
    const counts = new Set(this.slots.map(({ name }) => `step.${name}`));
    const unexpected = [...tensors.keys()].filter((key) => !expected.has(key) && !counts.has(key));
    if (missing.length > 0 || unexpected.length > 0) {
      const list = (title: string, keys: string[]) => (keys.length > 0 ? ` ${title} keys: ${keys.join(', ')}.` : '');
      throw new Error(
        `Optimizer state does not match the model.${list('Missing', missing)}${list('Unexpected', unexpected)}`,
      );
    }
    for (const [key, { slot }] of expected) {
      const { shape } = tensors.get(key)!;
      if (shape.join() !== slot.parameter.shape.join()) {
        throw new Error(`Optimizer state "${key}" has shape [${shape}], expected [${slot.parameter.shape}].`);
      }
    }
    for (const [key, { slot, variable }] of expected) {
      tf.tidy(() => variable.assign(slot.parameter.inMemoryOrder(tensors.get(key)!.data)));
    }
    this.stepCount = steps;
    for (const slot of this.slots) slot.steps = tensors.get(`step.${slot.name}`)?.data[0] ?? steps;
  }

  dispose(): void {
    for (const slot of this.slots) disposeSlot(slot);
  }
}

interface Slot {
  name: string;
  parameter: Parameter;
  weightDecay: number;
  /** In which it had a gradient. */
  steps: number;
  mean: tf.Variable;
  square: tf.Variable;
  /** Moving average of the parameter. */
  average: tf.Variable | undefined;
}

function disposeSlot({ mean, square, average }: Pick<Slot, 'mean' | 'square' | 'average'>): void {
  tf.dispose([mean, square, ...(average ? [average] : [])]);
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
  averageShare: tf.Tensor;
}

/** Parameters with more values than this are updated alone, since concatenating them would copy much; the others cost mostly the calls. */
const SMALL = 2 ** 15;
/** With its output, as many as a WebGPU shader may bind everywhere. */
const LARGEST_GROUP = 7;

/** Slots in groups whose values are computed at once. */
function grouped(slots: readonly Slot[]): Slot[][] {
  const groups: Slot[][] = [];
  const open = new Map<string, Slot[]>();
  for (const slot of slots) {
    if (slot.mean.size > SMALL) {
      groups.push([slot]);
      continue;
    }
    const key = `${slot.weightDecay} ${slot.steps}`;
    let group = open.get(key);
    if (!group || group.length === LARGEST_GROUP) {
      group = [];
      open.set(key, group);
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
 * @param slots All with the same decay and number of steps.
 */
function updateSlots(slots: readonly Slot[], gradient: tf.Tensor, factors: Factors): void {
  const { weightDecay } = slots[0]!;
  const { learningRate, correction, epsilon, averageShare } = factors;
  const [oldMean, oldSquare] = [
    concatenated(slots.map(({ mean }) => mean)),
    concatenated(slots.map(({ square }) => square)),
  ];
  const mean = tf.add(tf.mul(oldMean, factors.keptMean), tf.mul(gradient, factors.addedMean));
  const square = tf.add(tf.mul(oldSquare, factors.keptSquare), tf.mul(tf.square(gradient), factors.addedSquare));
  const direction = tf.mul(tf.div(mean, tf.add(tf.sqrt(square), epsilon)), tf.mul(learningRate, correction));
  const value = concatenated(slots.map(({ parameter }) => parameter.value));
  const decayed = weightDecay === 0 ? value : tf.mul(value, tf.sub(1, tf.mul(learningRate, weightDecay)));
  const newValue = tf.sub(decayed, direction);
  const shapes = slots.map(({ mean }) => mean.shape);
  const [means, squares, values] = [mean, square, newValue].map((tensor) => split(tensor, shapes));
  slots.forEach((slot, index) => {
    slot.mean.assign(means![index]!);
    slot.square.assign(squares![index]!);
    slot.parameter.assign(values![index]!);
  });
  const averages = slots.flatMap((slot) => slot.average ?? []);
  if (averages.length === 0) return;
  const average = concatenated(averages);
  const moved = split(tf.add(average, tf.mul(tf.sub(newValue, average), averageShare)), shapes);
  averages.forEach((variable, index) => {
    variable.assign(moved[index]!);
  });
}

/** The values of tensors one after the other; a single tensor as it is. */
function concatenated(tensors: readonly tf.Tensor[]): tf.Tensor {
  return tensors.length === 1 ? tensors[0]! : tf.concat(tensors.map((tensor) => tf.reshape(tensor, [-1])));
}

/** The reverse of {@link concatenated}. */
function split(values: tf.Tensor, shapes: readonly number[][]): tf.Tensor[] {
  if (shapes.length === 1) return [values];
  const parts = tf.split(values, shapes.map(tf.util.sizeFromShape));
  return parts.map((part, index) => tf.reshape(part, shapes[index]!));
}

/** Zeros instead of gradients that are not used: not their product with 0, which is NaN where they are. */
function zerosUnless(applied: tf.Scalar, gradient: tf.Tensor): tf.Tensor {
  return tf.where(applied, gradient, tf.zerosLike(gradient));
}

function memoryOf({ name, mean, square, average }: Slot): [key: string, variable: tf.Variable][] {
  return [
    [`exp_avg.${name}`, mean],
    [`exp_avg_sq.${name}`, square],
    ...(average ? [[`average.${name}`, average] as [string, tf.Variable]] : []),
  ];
}
