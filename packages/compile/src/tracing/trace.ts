import { GraphBuilder } from '../graph/builder.js';
import { Operations } from '../graph/operations.js';
import type { Capture, TensorValues, Value, VariableLike } from '../graph/value.js';

/** What variables hold that are constants of a compiled function: the same in each of its graphs. */
export type ConstantVariables = Map<VariableLike, Capture>;

export interface TraceSettings {
  isLazy?: boolean;
  constants?: ConstantVariables | undefined;
  isDrawing?: boolean;
}

/** Random numbers that TensorFlow.js drew. */
export interface Draw {
  readonly value: Value;
  readonly numbers: TensorValues;
}

/** What kernels record into: one run of a function that is traced, or all that is computed outside of such runs. */
export class Trace {
  readonly operations: Operations;
  /** What went wrong where no error could be thrown to the function. */
  failure: Error | undefined;
  /** Tensors that the function closes over: variables by themselves, everything else by its data. */
  readonly captures = new Map<object, Value>();

  /** Random numbers that were drawn, in their order: the graph's last inputs where `isDrawing`. */
  readonly draws: Draw[] = [];
  /** Whether it never ends, so that it must not remember what it recorded. */
  readonly isLazy: boolean;
  /** Where variables are constants: those seen so far. */
  readonly constants: ConstantVariables | undefined;
  /** Whether random numbers are inputs, drawn anew for each call, and not constants. */
  readonly isDrawing: boolean;

  constructor({ isLazy = false, constants, isDrawing = false }: TraceSettings = {}) {
    this.isLazy = isLazy;
    this.constants = constants;
    this.isDrawing = isDrawing;
    this.operations = new Operations(new GraphBuilder({ shared: !isLazy }));
  }
}
