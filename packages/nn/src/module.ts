import type * as tf from '@tensorflow/tfjs-core';
import type { Parameter } from './parameter.js';
import { type StateDict, StateDictError, type StateDictReport, type StateSource } from './state-dict.js';

export interface LoadStateDictOptions {
  /**
   * Refuse missing and unexpected names. With `false` they are only reported. A wrong shape is always refused.
   * @default true
   */
  strict?: boolean;
  /** What is wrong if it does not fit, for the message. @default that the state dict does not fit this module */
  misfit?: string;
}

/**
 * The base of everything that has parameters, as in PyTorch: a tree of modules whose leaves are named parameters.
 *
 * A subclass registers what it owns in its constructor, under the name that the state dict uses. The name may contain dots, so a
 * module can be flatter than the Python one whose checkpoints it reads:
 *
 * ```ts
 * this.query = this.register('attention.self.query', new Linear(768, 768));
 * ```
 */
export abstract class Module {
  /** True in training mode, where dropout drops and batch normalization uses the batch. Set it by `train()` and `eval()`. */
  training = true;
  private readonly registered = new Map<string, Parameter | Module>();

  /**
   * Makes a parameter or a module part of this one.
   * @throws if the name is taken.
   */
  protected register<T extends Parameter | Module>(name: string, member: T): T {
    if (this.registered.has(name)) throw new Error(`${this.constructor.name} already has a member named "${name}".`);
    this.registered.set(name, member);
    return member;
  }

  /** Takes a member out again, without disposing it. */
  protected unregister(name: string): void {
    this.registered.delete(name);
  }

  /** This module and everything below it, with their dotted names; this one's name is the prefix itself. */
  *namedModules(prefix = ''): Generator<[string, Module]> {
    yield [prefix, this];
    for (const [name, member] of this.registered) {
      if (member instanceof Module) yield* member.namedModules(join(prefix, name));
    }
  }

  /** Everything that the state dict holds, parameters and buffers, by dotted name, in the order of registration. */
  namedState(prefix = ''): Map<string, Parameter> {
    const state = new Map<string, Parameter>();
    for (const [path, module] of this.namedModules(prefix)) {
      for (const [name, member] of module.registered) {
        if (!(member instanceof Module)) state.set(join(path, name), member);
      }
    }
    return state;
  }

  /** The parameters, frozen ones too, by dotted name; no buffers. */
  namedParameters(prefix = ''): Map<string, Parameter> {
    return new Map([...this.namedState(prefix)].filter(([, parameter]) => parameter.role === 'parameter'));
  }

  /**
   * The variables of all trainable parameters: what `tf.variableGrads` and optimizers take. Those of adapters that are set on parts of
   * this module are among them.
   */
  trainableVariables(): tf.Variable[] {
    const variables = new Set<tf.Variable>();
    for (const [, module] of this.namedModules()) {
      for (const member of module.registered.values()) {
        if (!(member instanceof Module) && member.requiresGrad) variables.add(member.variable);
      }
      for (const variable of module.borrowedVariables()) variables.add(variable);
    }
    return [...variables];
  }

  /** Variables that this module's forward pass trains although they are another's. */
  protected borrowedVariables(): tf.Variable[] {
    return [];
  }

  /** Number of elements in all parameters, or only in the trainable ones. */
  parameterCount({ trainableOnly = false } = {}): number {
    let count = 0;
    for (const parameter of this.namedParameters().values()) {
      if (!trainableOnly || parameter.requiresGrad) count += parameter.size;
    }
    return count;
  }

  /** Switches this module and all below it to training mode (or, with `false`, to evaluation mode). */
  train(mode = true): this {
    for (const [, module] of this.namedModules()) module.training = mode;
    return this;
  }

  /** Switches this module and all below it to evaluation mode. */
  eval(): this {
    return this.train(false);
  }

  /** Freezes every parameter: no gradient is computed for it. */
  freeze(): this {
    for (const parameter of this.namedParameters().values()) parameter.freeze();
    return this;
  }

  /** Makes every parameter trainable. */
  unfreeze(): this {
    for (const parameter of this.namedParameters().values()) parameter.unfreeze();
    return this;
  }

  /** A copy of all parameters and buffers, by name, in PyTorch's names and layouts. */
  async stateDict(prefix = ''): Promise<StateDict> {
    const state: StateDict = new Map();
    for (const [name, parameter] of this.namedState(prefix)) {
      state.set(name, { shape: parameter.shape, data: await parameter.read() });
    }
    return state;
  }

  /**
   * Loads parameters and buffers by name. Names and shapes are compared first: on an error nothing has changed.
   *
   * @returns the missing and unexpected names (both empty when strict).
   * @throws {StateDictError} with every missing, unexpected and mismatched name; its message names the first.
   */
  async loadStateDict(
    source: StateSource,
    { strict = true, misfit }: LoadStateDictOptions = {},
  ): Promise<StateDictReport> {
    const state = this.namedState();
    const report: StateDictReport = { missing: [], unexpected: [], mismatched: [] };
    for (const name of source.keys()) if (!state.has(name)) report.unexpected.push(name);
    for (const [name, parameter] of state) {
      const found = source.get(name);
      if (!found) report.missing.push(name);
      else if (!sameShape(found.shape, parameter.shape)) {
        report.mismatched.push({ name, expected: parameter.shape, found: found.shape });
      }
    }
    const refused = strict && (report.missing.length > 0 || report.unexpected.length > 0);
    if (refused || report.mismatched.length > 0) {
      // Bundlers put an underscore before the name of a class that names itself.
      const name = this.constructor.name.replace(/^_/, '');
      throw new StateDictError(misfit ?? `The state dict does not fit ${name}`, report);
    }
    for (const [name, parameter] of state) {
      const found = source.get(name);
      if (found) parameter.load('read' in found ? await found.read() : found.data);
    }
    return report;
  }

  /** Frees every tensor of this module and of all below it. */
  dispose(): void {
    for (const parameter of this.namedState().values()) parameter.dispose();
  }
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}

function sameShape(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((size, axis) => size === other[axis]);
}
