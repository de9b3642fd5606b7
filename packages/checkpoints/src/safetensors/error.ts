/** A safetensors file is malformed, or a tensor cannot be read, or written, as asked. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
  /** The file's path or name; undefined for tensors that are not in a file yet. */
  readonly file: string | undefined;
  /** The tensor in question, where it is about one. */
  readonly tensor: string | undefined;

  constructor(problem: string, { file, tensor }: { file?: string; tensor?: string } = {}) {
    super(
      `${file === undefined ? '' : `${file}: `}${tensor === undefined ? '' : `tensor "${shortened(tensor)}" `}${problem}`,
    );
    this.file = file;
    this.tensor = tensor;
  }
}

/** A broken header can hold names of megabytes. */
function shortened(name: string): string {
  return name.length > 200 ? `${name.slice(0, 200)}…` : name;
}
