/** A function can't be compiled, or a compiled one can't run: the message says why, and what to do about it. */
export class CompileError extends Error {
  override readonly name: string = 'CompileError';
}

/** A function uses a TensorFlow.js kernel that has no translation. */
export class UnsupportedKernelError extends CompileError {
  override readonly name = 'UnsupportedKernelError';

  constructor(
    /** TensorFlow.js' name of it. */
    readonly kernelName: string,
    /** Where the program asked for it: the line of the stack outside TensorFlow.js and this package. */
    readonly location: string,
  ) {
    super(
      `The TensorFlow.js kernel "${kernelName}" has no translation into ONNX, but the traced function uses it ${location}. ` +
        'Write that line with other operations, or run the function without compiling it.',
    );
  }
}

/** The first line of a stack that belongs to neither TensorFlow.js nor this package, as "at function (file:line:column)". */
export function userLine(stack: string | undefined): string {
  const lines = (stack ?? '').split('\n').filter((line) => /^\s*at |@/.test(line));
  const foreign = lines.find((line) => !/@tensorflow|tfjs-core|node:internal|<anonymous>/.test(line) && !isOwn(line));
  return foreign ? foreign.trim() : 'at an unknown place';
}

/** This package's own files: those of its bundle, or of its sources without their tests. */
function isOwn(line: string): boolean {
  return /packages[\\/]compile[\\/](src|dist)|@llm-mde[\\/]compile/.test(line) && !/\.test\./.test(line);
}
