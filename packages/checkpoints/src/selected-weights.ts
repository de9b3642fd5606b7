import type { DataType } from './data-types.js';
import { PretrainedError } from './pretrained-error.js';
import type { WeightFiles } from './weight-files.js';

/** Which tensors of a checkpoint are wanted, and what they are called then. The steps are in this order. */
export interface WeightSelection {
  /** Taken off names that begin with one: `bert.` where a task's model holds the one that is wanted. @default none */
  prefixes?: readonly string[];
  /** Names that are left out. @default none */
  ignored?: readonly RegExp[];
  /** Further names to leave out. @default none */
  ignore?: (name: string) => boolean;
  /** The name that the module has, by that in the checkpoint. @default the same */
  rename?: (name: string) => string;
}

/** A tensor that is read when it is asked for. */
export interface LazyWeight {
  shape: readonly number[];
  /** The type in the file. */
  dtype: DataType;
  /** The values, row-major: floats as float32, integers and BOOL as int32. */
  read(): Promise<Float32Array | Int32Array>;
}

/** Tensors of a checkpoint by the names that a module has: a source for `loadStateDict`. */
export class SelectedWeights implements Iterable<[string, LazyWeight]> {
  private readonly weights = new Map<string, LazyWeight>();

  constructor({ tensors }: WeightFiles, selection: WeightSelection, checkpoint: string) {
    const originals = new Map<string, string>();
    for (const [original, file] of tensors) {
      const name = select(original, selection);
      if (name === undefined) continue;
      if (originals.has(name)) {
        throw new PretrainedError(
          `${checkpoint} holds both ${originals.get(name)} and ${original}, which are both ${name} here.`,
        );
      }
      originals.set(name, original);
      const { shape, dtype } = file.tensors.get(original)!;
      this.weights.set(name, { shape, dtype, read: () => file.read(original) });
    }
  }

  get size(): number {
    return this.weights.size;
  }

  has(name: string): boolean {
    return this.weights.has(name);
  }

  get(name: string): LazyWeight | undefined {
    return this.weights.get(name);
  }

  keys(): IterableIterator<string> {
    return this.weights.keys();
  }

  [Symbol.iterator](): IterableIterator<[string, LazyWeight]> {
    return this.weights[Symbol.iterator]();
  }
}

/** What a tensor is called, or undefined if it is left out. */
function select(
  original: string,
  { prefixes = [], ignored = [], ignore, rename }: WeightSelection,
): string | undefined {
  const prefix = prefixes.find((start) => original.startsWith(start)) ?? '';
  const name = original.slice(prefix.length);
  if (ignored.some((pattern) => name.search(pattern) >= 0) || ignore?.(name)) return undefined;
  return rename ? rename(name) : name;
}
