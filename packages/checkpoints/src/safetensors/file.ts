import { type ByteSource, blobSource, memorySource, openFileSource } from './byte-source.js';
import { decodeValues } from './data-types.js';
import { SafetensorsError } from './error.js';
import { LENGTH_BYTES, parseHeader, readHeaderLength, type SafetensorsTensor } from './header.js';

/**
 * A safetensors file, of which only the header is in memory. Each tensor is read when it is asked for, by its range alone.
 *
 * Whatever is wrong with a file is found when it is opened, and thrown as a `SafetensorsError` that names the file and the tensor.
 */
export class SafetensorsFile {
  private closed = false;

  private constructor(
    private readonly source: ByteSource,
    /** Path or name, for messages. */
    readonly name: string,
    /** What the file holds, by name, in the order of its header. */
    readonly tensors: ReadonlyMap<string, SafetensorsTensor>,
    /** What the file says about itself, such as `format: 'pt'`. */
    readonly metadata: Readonly<Record<string, string>>,
  ) {}

  /**
   * Opens a file. Node only.
   * @throws {SafetensorsError} if it is malformed or cannot be opened.
   */
  static async open(path: string): Promise<SafetensorsFile> {
    let source: ByteSource;
    try {
      source = await openFileSource(path);
    } catch (error) {
      throw new SafetensorsError(`cannot be opened (${(error as Error).message}).`, { file: path });
    }
    return SafetensorsFile.fromSource(source, path);
  }

  /**
   * @param bytes The content of a file; not copied, so leave it as it is.
   * @param name What to call it in messages.
   */
  static async fromBytes(bytes: Uint8Array, name = 'safetensors'): Promise<SafetensorsFile> {
    return SafetensorsFile.fromSource(memorySource(bytes), name);
  }

  /** A `File` that was chosen in a browser, or any other Blob. */
  static async fromBlob(blob: Blob, name = blob instanceof File ? blob.name : 'safetensors'): Promise<SafetensorsFile> {
    return SafetensorsFile.fromSource(blobSource(blob), name);
  }

  /** Anything that is read by range; closed with the file, or at once if the file is malformed. */
  static async fromSource(source: ByteSource, name: string): Promise<SafetensorsFile> {
    try {
      const length = readHeaderLength(await source.read(0, Math.min(LENGTH_BYTES, source.size)), source.size, name);
      const header = parseHeader(await readExactly(source, LENGTH_BYTES, length, name), source.size, name);
      return new SafetensorsFile(source, name, header.tensors, header.metadata);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /**
   * A tensor's values, row-major: Float32Array for F64, F32, F16 and BF16, Int32Array for integers and BOOL (0 and 1).
   * @throws {SafetensorsError} if there is no such tensor, if an integer does not fit into 32 bits, or if its type (float8, C64) has no
   * conversion.
   */
  async read(name: string): Promise<Float32Array | Int32Array> {
    const { dtype } = this.tensor(name);
    const bytes = await this.readBytes(name);
    try {
      return decodeValues(dtype, bytes);
    } catch (error) {
      throw new SafetensorsError(`${(error as Error).message}.`, { file: this.name, tensor: name });
    }
  }

  /**
   * As `read`, for weights.
   * @throws {SafetensorsError} also if a value is NaN or infinite.
   */
  async readFinite(name: string): Promise<Float32Array | Int32Array> {
    const values = await this.read(name);
    for (let index = 0; index < values.length; index++) {
      if (Number.isFinite(values[index])) continue;
      throw new SafetensorsError(
        `holds ${values[index]} (value ${index} of ${values.length}): the file is damaged, or its training failed.`,
        { file: this.name, tensor: name },
      );
    }
    return values;
  }

  /** A tensor's bytes as they stand in the file, little-endian. */
  async readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { byteOffset, byteLength } = this.tensor(name);
    return readExactly(this.source, byteOffset, byteLength, this.name);
  }

  /** Closes the file; nothing can be read afterwards. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.source.close();
  }

  private tensor(name: string): SafetensorsTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new SafetensorsError('is not in the file.', { file: this.name, tensor: name });
    if (this.closed)
      throw new SafetensorsError('cannot be read, the file was closed.', { file: this.name, tensor: name });
    return tensor;
  }
}

async function readExactly(
  source: ByteSource,
  offset: number,
  length: number,
  file: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await source.read(offset, length);
  if (bytes.length === length) return bytes;
  throw new SafetensorsError(
    `${length} bytes were asked for at ${offset}, but ${bytes.length} came: did the file change?`,
    {
      file,
    },
  );
}
