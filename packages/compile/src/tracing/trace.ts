import { Operations } from '../graph/operations.js';
import { Recorder } from '../graph/recorder.js';
import type { Value } from '../graph/value.js';

/** What kernels record into: one run of a function that is traced, or all that is computed outside of such runs. */
export class Trace {
  readonly operations: Operations;
  /** What went wrong where no error could be thrown to the function. */
  failure: Error | undefined;
  /** Tensors from outside: variables by themselves, everything else by its data. */
  readonly outside = new Map<object, Value>();

  /** @param isLazy Whether it goes on for ever, so that it must not remember what it recorded. */
  constructor(readonly isLazy = false) {
    this.operations = new Operations(new Recorder({ shared: !isLazy }));
  }
}
