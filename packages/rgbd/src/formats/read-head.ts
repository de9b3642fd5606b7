import { open } from 'node:fs/promises';
import { badFile } from '../errors.js';

/** The first bytes of a file, at most 4096: enough for the signature of every format. */
export async function readHead(path: string): Promise<Buffer> {
  try {
    const handle = await open(path);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw badFile(error, path);
  }
}
