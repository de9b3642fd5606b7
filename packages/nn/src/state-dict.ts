/** One tensor of a state dict: row-major values in PyTorch's layout. */
export interface StateTensor {
  shape: readonly number[];
  data: Float32Array | Int32Array;
}

/** Names, as PyTorch writes them (`encoder.layer.0.output.dense.weight`), to values. */
export type StateDict = Map<string, StateTensor>;

/** Where `loadStateDict` reads from: a `StateDict`, or anything lazier, such as a safetensors file that is read tensor by tensor. */
export interface StateSource {
  keys(): Iterable<string>;
  get(name: string): StateTensor | LazyStateTensor | undefined;
}

export interface LazyStateTensor {
  shape: readonly number[];
  read(): Promise<ArrayLike<number>>;
}

/** What a state dict and a module do not agree on. */
export interface StateDictReport {
  /** Names that the module has and the state dict lacks. */
  missing: string[];
  /** Names that the state dict has and the module lacks. */
  unexpected: string[];
  /** Names that both have, with different shapes. */
  mismatched: { name: string; expected: readonly number[]; found: readonly number[] }[];
}

/** A state dict does not fit the module. Nothing was loaded. */
export class StateDictError extends Error implements StateDictReport {
  override readonly name = 'StateDictError';
  readonly missing: string[];
  readonly unexpected: string[];
  readonly mismatched: StateDictReport['mismatched'];

  constructor(problem: string, report: StateDictReport) {
    super(describe(problem, report));
    this.missing = report.missing;
    this.unexpected = report.unexpected;
    this.mismatched = report.mismatched;
  }
}

/** As many of a kind are named in the message; all are in the error. */
const NAMED = 5;

function describe(problem: string, { missing, unexpected, mismatched }: StateDictReport): string {
  const lines = [`${problem}; nothing was loaded.`];
  if (missing.length > 0) lines.push(`Missing (${missing.length}): ${firstOf(missing)}.`);
  if (unexpected.length > 0) lines.push(`Unexpected (${unexpected.length}): ${firstOf(unexpected)}.`);
  for (const { name, expected, found } of mismatched.slice(0, NAMED)) {
    lines.push(`Shape mismatch: ${name} is [${found}], expected [${expected}].`);
  }
  if (mismatched.length > NAMED) lines.push(`And ${mismatched.length - NAMED} more shape mismatches.`);
  return lines.join('\n');
}

function firstOf(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return names.slice(0, NAMED).join(', ') + more;
}
