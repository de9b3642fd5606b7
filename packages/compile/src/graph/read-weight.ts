import type { TypedArray, Value } from './value.js';

/** The values of a constant, a captured tensor or a variable, as they are now. */
export async function readWeight({ source }: Value): Promise<TypedArray> {
  if (source.kind === 'constant') return source.data;
  if (source.kind === 'capture') return source.capture.read();
  if (source.kind === 'variable') return (await source.variable.data()) as TypedArray;
  throw new Error('Only constants and variables have values before a graph runs.');
}
