/** Bytes that are read by range: a file, a Blob, memory, or whatever else can do it. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** @returns a fresh array of the bytes; a shorter one only where the source ends early. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Opens a file for reading by range. Node only. */
export async function openFileSource(path: string): Promise<ByteSource> {
  const { open } = await import('node:fs/promises');
  await refuseSpecialFile(path);
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    return {
      size,
      close: () => handle.close(),
      async read(offset, length) {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const count = Math.min(length - done, LARGEST_READ);
          const { bytesRead } = await handle.read(bytes, done, count, offset + done);
          if (bytesRead === 0) return bytes.slice(0, done);
          done += bytesRead;
        }
        return bytes;
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Before a file is opened: a pipe would be waited for, and some devices never end. Node only. */
export async function refuseSpecialFile(path: string): Promise<void> {
  const { stat } = await import('node:fs/promises');
  if (!(await stat(path)).isFile()) throw new Error('it is not a regular file');
}

/** Node refuses to read 2 GiB or more at once. */
const LARGEST_READ = 2 ** 30;

/** Bytes in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    close: async () => {},
    async read(offset, length) {
      // Not slice: that of a Node Buffer does not copy.
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
  };
}

/** A Blob: a file that somebody chose in a browser, or a remote one behind range requests. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    close: async () => {},
    async read(offset, length) {
      // Some remote blobs send a request even for nothing, with a range that no server understands.
      if (length === 0) return new Uint8Array(0);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
  };
}
