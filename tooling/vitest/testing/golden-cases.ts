import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

/** What PyTorch computed for one module (see tooling/parity/nn-goldens.py and head-goldens.py). */
interface GoldenCase extends GoldenStep {
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: each module has options of its own, and the JSON holds those of PyTorch's case.
  options: any;
  stateDict: Record<string, GoldenTensor>;
  training?: boolean;
  steps?: GoldenStep[];
}

interface GoldenStep {
  inputs: Record<string, GoldenTensor>;
  lossWeights: GoldenTensor;
  output: GoldenTensor;
  loss: number;
  inputGradients: Record<string, GoldenTensor>;
  parameterGradients: Record<string, GoldenTensor>;
  stateDictAfter?: Record<string, GoldenTensor>;
}

interface GoldenTensor {
  shape: number[];
  dtype?: 'int32';
  values: number[];
}

type StateDict = Map<string, { shape: readonly number[]; data: Float32Array | Int32Array }>;

/** What of `@llm-mde/nn`'s `Module` is used here: this package depends on none of the others. */
interface GoldenModule {
  train(mode: boolean): unknown;
  loadStateDict(source: StateDict): Promise<unknown>;
  stateDict(): Promise<StateDict>;
  trainableVariables(): tf.Variable[];
  namedParameters(): Map<string, { variable: tf.Variable; inStateOrder(tensor: tf.Tensor): tf.Tensor }>;
  dispose(): void;
}

type Inputs = Record<string, tf.Tensor>;

interface StepResult {
  output: tf.Tensor;
  loss: tf.Tensor;
  inputGradients: Inputs;
  parameterGradients: Inputs;
}

type Step = (inputs: Inputs, lossWeights: tf.Tensor, differentiated: string[]) => StepResult;
type CompiledStep = ((...args: Parameters<Step>) => Promise<StepResult>) & { dispose(): Promise<void> };

export interface GoldenOptions {
  /** Largest difference, as a share of the largest value: seven digits are written down, and devices add in different orders. @default 1e-5 */
  tolerance?: number;
  /** Compiles a step. @default it runs as it is */
  compile?: (step: Step) => CompiledStep;
}

/**
 * Compares a module with PyTorch: its output, and the gradient of sum(output · lossWeights) with respect to every input and every
 * parameter; where a case has several steps, also its state after each.
 */
export function describeGoldenCases<M extends GoldenModule>(
  fixture: URL,
  create: (options: GoldenCase['options']) => M,
  forward: (module: M, inputs: Inputs) => tf.Tensor,
  { tolerance = 1e-5, compile = runAsIs }: GoldenOptions = {},
): void {
  const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { cases: GoldenCase[] };
  describe(`${basename(fixture.pathname, '.json')} equals PyTorch`, () => {
    it.each(cases)('$name', async (golden) => {
      const module = create(golden.options);
      module.train(golden.training ?? false);
      await module.loadStateDict(stateDictOf(golden.stateDict ?? {}));
      const step = compile(stepOf(module, forward));
      for (const expected of golden.steps ?? [golden]) {
        const inputs = Object.fromEntries(
          Object.entries(expected.inputs).map(([name, tensor]) => [name, tensorOf(tensor)]),
        );
        const names = Object.keys(expected.inputGradients);
        await expectStep(await step(inputs, tensorOf(expected.lossWeights), names), expected, module, tolerance);
      }
      await step.dispose();
      module.dispose();
    });
  });
}

function runAsIs(step: Step): CompiledStep {
  return Object.assign(async (...args: Parameters<Step>) => step(...args), { dispose: async () => {} });
}

function stepOf<M extends GoldenModule>(module: M, forward: (module: M, inputs: Inputs) => tf.Tensor): Step {
  return (inputs, lossWeights, differentiated) => {
    const variables = Object.fromEntries(differentiated.map((name) => [name, tf.variable(inputs[name]!)]));
    let output!: tf.Tensor;
    const { value: loss, grads } = tf.variableGrads(() => {
      output = tf.keep(forward(module, { ...inputs, ...variables }));
      return tf.sum(tf.mul(output, lossWeights)) as tf.Scalar;
    }, [...Object.values(variables), ...module.trainableVariables()]);
    const parameterGradients = Object.fromEntries(
      [...module.namedParameters()].map(([name, parameter]) => [
        name,
        parameter.inStateOrder(grads[parameter.variable.name]!),
      ]),
    );
    const inputGradients = Object.fromEntries(
      Object.entries(variables).map(([name, variable]) => [name, grads[variable.name]!]),
    );
    tf.dispose(Object.values(variables));
    return { output, loss, inputGradients, parameterGradients };
  };
}

async function expectStep(result: StepResult, golden: GoldenStep, module: GoldenModule, tolerance: number) {
  const expectClose = (actual: tf.Tensor, expected: GoldenTensor, what: string) =>
    expectWithin(tolerance, actual, expected, what);
  await expectClose(result.output, golden.output, 'output');
  await expectClose(result.loss, { shape: [], values: [golden.loss] }, 'loss');
  for (const [name, gradient] of Object.entries(golden.inputGradients)) {
    await expectClose(result.inputGradients[name]!, gradient, `gradient of ${name}`);
  }
  for (const [name, gradient] of Object.entries(result.parameterGradients)) {
    await expectClose(gradient, golden.parameterGradients[name]!, `gradient of ${name}`);
  }
  if (golden.stateDictAfter) {
    const state = await module.stateDict();
    for (const [name, expected] of Object.entries(golden.stateDictAfter)) {
      await expectClose(tf.tensor(state.get(name)!.data, expected.shape), expected, `${name} afterwards`);
    }
  }
}

async function expectWithin(tolerance: number, actual: tf.Tensor, golden: GoldenTensor, what: string): Promise<void> {
  expect(actual.shape, what).toEqual(golden.shape);
  const values = await actual.data();
  const largest = golden.values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  golden.values.forEach((value, index) => {
    const difference = Math.abs(values[index]! - value);
    expect(difference, `${what}[${index}]: ${values[index]} where PyTorch has ${value}`).toBeLessThan(
      tolerance * largest,
    );
  });
}

function tensorOf({ values, shape, dtype }: GoldenTensor): tf.Tensor {
  return tf.tensor(values, shape, dtype ?? 'float32');
}

function stateDictOf(goldens: Record<string, GoldenTensor>): StateDict {
  return new Map(
    Object.entries(goldens).map(([name, { shape, values }]) => [name, { shape, data: Float32Array.from(values) }]),
  );
}
