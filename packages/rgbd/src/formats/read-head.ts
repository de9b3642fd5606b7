import { open } from 'node:fs/promises';
import { inFile } from '../errors.js';

/** The first bytes of a file, at most 4096: enough for the signature of every format. */
export async function readHead(path: string): Promise<Buffer> {
  return inFile(path, async () => {
    const handle = await open(path);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  });
}
