import { GraphBuilder } from '../graph/builder.js';
import { Operations } from '../graph/operations.js';
import type { Value } from '../graph/value.js';

/** What kernels record into: one run of a function that is traced, or all that is computed outside of such runs. */
export class Trace {
  readonly operations: Operations;
  /** What went wrong where no error could be thrown to the function. */
  failure: Error | undefined;
  /** Tensors that the function closes over: variables by themselves, everything else by its data. */
  readonly captures = new Map<object, Value>();

  /** @param isLazy Whether it never ends, so that it must not remember what it recorded. */
  constructor(readonly isLazy = false) {
    this.operations = new Operations(new GraphBuilder({ shared: !isLazy }));
  }
}
