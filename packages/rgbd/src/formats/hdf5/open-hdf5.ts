import type { Dataset, File as H5wasmFile, ready } from 'h5wasm/node';
import { badFile, DatasetError } from '../../errors.js';
import { loadH5wasm } from '../../optional-packages.js';
import { readHead } from '../read-head.js';

/** The library's WebAssembly module. */
export type Hdf5Library = Awaited<typeof ready>;

/** An open HDF5 file. Datasets are read by hyperslab, straight from disk. */
export class Hdf5File {
  readonly path: string;
  readonly handle: H5wasmFile;
  readonly library: Hdf5Library;
  readonly #dispose: () => void;

  constructor(path: string, handle: H5wasmFile, library: Hdf5Library, dispose: () => void = () => {}) {
    this.path = path;
    this.handle = handle;
    this.library = library;
    this.#dispose = dispose;
  }

  /** @throws DatasetError if there is no such dataset, or it has another number of axes. */
  dataset(name: string, axes: number): Dataset {
    const found = this.has(name) ? this.handle.get(name) : null;
    if (!found || !('slice' in found)) {
      const there = this.handle.keys().join(', ') || 'nothing';
      throw new DatasetError(`It has no array "${name}". What it has: ${there}.`, { file: this.path });
    }
    const { shape } = found as Dataset;
    if (!shape || shape.length !== axes) {
      throw new DatasetError(
        `Its array "${name}" has the shape [${shape?.join(', ') ?? ''}], but ${axes} axes are expected.`,
        {
          file: this.path,
        },
      );
    }
    return found as Dataset;
  }

  has(name: string): boolean {
    return this.handle.keys().includes(name);
  }

  close(): void {
    this.handle.close();
    this.#dispose();
  }
}

/**
 * Opens an HDF5 file on disk without reading it into memory.
 *
 * @throws DatasetError if it is missing, cut off, or no HDF5 file.
 */
export async function openHdf5(path: string): Promise<Hdf5File> {
  await checkSignature(path);
  const { File, library } = await load('h5wasm/node');
  try {
    return new Hdf5File(path, new File(path, 'r'), library);
  } catch (error) {
    throw badHdf5(error, path);
  }
}

/** Opens HDF5 content that is in memory, a member of a tar file for one. `name` is its name in errors. */
export async function openHdf5Bytes(content: Uint8Array, name: string): Promise<Hdf5File> {
  if (!hasHdf5Signature(content)) throw notHdf5(name, content.length);
  // The library opens files only. Its build for Node knows no file system but the real one; its other build has one in memory.
  const { File, library } = await load('h5wasm');
  const { FS } = library;
  const path = `/memory-${++filesInMemory}.h5`;
  FS.writeFile(path, content);
  try {
    return new Hdf5File(name, new File(path, 'r'), library, () => FS.unlink(path));
  } catch (error) {
    FS.unlink(path);
    throw badHdf5(error, name);
  }
}

/** A {@link DatasetError} from the library's error: of its long trace, the innermost line says what was found. */
export function badHdf5(error: unknown, file: string): DatasetError {
  const trace = error instanceof Error && error.message.startsWith('HDF5-DIAG') ? error.message : undefined;
  const cause = trace?.match(/(?<=\(\): ).*/g)?.at(-1);
  return badFile(cause === undefined ? error : new Error(cause, { cause: error }), file);
}

async function load(build: 'h5wasm' | 'h5wasm/node') {
  const { File, ready: loaded } = await loadH5wasm(build);
  const library = await loaded;
  // Otherwise a chunk that can't be unpacked is printed as a warning, and whatever was in memory is given out as its content.
  if (!throwing.has(library)) library.activate_throwing_error_handler();
  throwing.add(library);
  return { File, library };
}

const throwing = new WeakSet<object>();

let filesInMemory = 0;

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/** The signature stands at byte 0, or after a user block at 512, 1024, 2048 …; MATLAB's has 512 bytes. */
const SIGNATURE_OFFSETS = [0, 512, 1024, 2048];

export function hasHdf5Signature(content: Uint8Array): boolean {
  return SIGNATURE_OFFSETS.some((at) => SIGNATURE.equals(content.subarray(at, at + SIGNATURE.length)));
}

async function checkSignature(path: string): Promise<void> {
  const head = await readHead(path);
  if (!hasHdf5Signature(head)) throw notHdf5(path, head.length);
}

function notHdf5(file: string, length: number): DatasetError {
  return new DatasetError(length === 0 ? 'The file is empty.' : 'It is not an HDF5 file.', { file });
}
