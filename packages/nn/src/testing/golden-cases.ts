import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { StateDict } from '../state-dict.js';

/** What PyTorch computed for one module (see tooling/parity/nn-goldens.py and head-goldens.py). */
export interface GoldenCase extends GoldenStep {
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

/** What of a `Module` is used here. The other packages' modules extend the built class, which TypeScript takes for another one. */
interface GoldenModule {
  train(mode: boolean): unknown;
  loadStateDict(source: StateDict): Promise<unknown>;
  stateDict(): Promise<StateDict>;
  trainableVariables(): tf.Variable[];
  namedParameters(): Map<string, { variable: tf.Variable; inStateOrder(tensor: tf.Tensor): tf.Tensor }>;
  dispose(): void;
}

/**
 * Compares a module with PyTorch: its output, and the gradient of sum(output · lossWeights) with respect to every input and every
 * parameter; where a case has several steps, also its state after each.
 *
 * @param fixture Name of a fixture of this package, or the address of the file.
 * @param tolerance Largest difference, as a share of the largest value: seven digits are written down, and devices add in different orders.
 */
export function describeGoldenCases<M extends GoldenModule>(
  fixture: string | URL,
  create: (options: GoldenCase['options']) => M,
  forward: (module: M, inputs: Record<string, tf.Tensor>) => tf.Tensor,
  tolerance = 1e-5,
): void {
  const file = fixture instanceof URL ? fixture : new URL(`../../fixtures/${fixture}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: GoldenCase[] };
  describe(`${basename(file.pathname, '.json')} equals PyTorch`, () => {
    for (const golden of cases) {
      it(golden.name, async () => {
        const module = create(golden.options);
        module.train(golden.training ?? false);
        await module.loadStateDict(stateDictOf(golden.stateDict ?? {}));
        for (const step of golden.steps ?? [golden]) await expectStep(module, step, forward, tolerance);
        module.dispose();
      });
    }
  });
}

async function expectStep<M extends GoldenModule>(
  module: M,
  step: GoldenStep,
  forward: (module: M, inputs: Record<string, tf.Tensor>) => tf.Tensor,
  tolerance: number,
): Promise<void> {
  const expectClose = (actual: tf.Tensor, golden: GoldenTensor, what: string) =>
    expectWithin(tolerance, actual, golden, what);
  const inputs: Record<string, tf.Tensor> = {};
  for (const [name, golden] of Object.entries(step.inputs)) {
    inputs[name] = name in step.inputGradients ? tf.variable(tensorOf(golden)) : tensorOf(golden);
  }
  const differentiated = Object.keys(step.inputGradients).map((name) => inputs[name] as tf.Variable);
  let output!: tf.Tensor;
  const { value, grads } = tf.variableGrads(() => {
    output = tf.keep(forward(module, inputs));
    return tf.sum(tf.mul(output, tensorOf(step.lossWeights))) as tf.Scalar;
  }, [...differentiated, ...module.trainableVariables()]);
  await expectClose(output, step.output, 'output');
  await expectClose(value, { shape: [], values: [step.loss] }, 'loss');
  for (const [name, golden] of Object.entries(step.inputGradients)) {
    await expectClose(grads[(inputs[name] as tf.Variable).name]!, golden, `gradient of ${name}`);
  }
  for (const [name, parameter] of module.namedParameters()) {
    const gradient = parameter.inStateOrder(grads[parameter.variable.name]!);
    await expectClose(gradient, step.parameterGradients[name]!, `gradient of ${name}`);
  }
  if (step.stateDictAfter) {
    const state = await module.stateDict();
    for (const [name, golden] of Object.entries(step.stateDictAfter)) {
      await expectClose(tf.tensor(state.get(name)!.data, golden.shape), golden, `${name} afterwards`);
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
