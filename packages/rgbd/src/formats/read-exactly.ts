import type { FileHandle } from 'node:fs/promises';

/** @throws Error if the file ends before. */
export async function readExactly(handle: FileHandle, position: number, size: number): Promise<Buffer> {
  const content = Buffer.alloc(size);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await handle.read(content, done, size - done, position + done);
    if (bytesRead === 0) throw new Error(`the file ends within it: ${done} of ${size} bytes are there`);
    done += bytesRead;
  }
  return content;
}
