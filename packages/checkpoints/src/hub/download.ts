import { PretrainedError } from '../pretrained-error.js';
import type { FileInfo } from './api.js';
import { HubHttpError, hubFetch, isInterruption } from './error.js';

/** How often in a row a transfer may break off without having brought anything. */
const ATTEMPTS = 4;
/** Before the second attempt; doubled before each further one. */
const FIRST_PAUSE_MILLISECONDS = 250;

/**
 * Downloads a file to a path. A transfer that breaks off goes on where it stopped. Node only.
 * @param onProgress Called with the bytes so far.
 * @throws if the network stays away, or if other bytes came than the hub announced.
 */
export async function download(
  { url, size, etag }: FileInfo,
  token: string | undefined,
  path: string,
  onProgress: (loadedBytes: number) => void,
): Promise<void> {
  const { open } = await import('node:fs/promises');
  const { createHash } = await import('node:crypto');
  const file = await open(path, 'wx');
  try {
    const beginHash = () => (etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`));
    let hash = beginHash();
    let loaded = 0;
    onProgress(0);
    let furthest = 0;
    for (let failures = 0; loaded < size; ) {
      let problem: unknown = new Error('the transfer ended early');
      try {
        const { body, resumed } = await request(url, token, loaded);
        if (!resumed) {
          loaded = 0;
          hash = beginHash();
        }
        for await (const bytes of body) {
          if (loaded + bytes.length > size)
            throw new PretrainedError(`${url} sends more than the ${size} bytes announced.`);
          for (let written = 0; written < bytes.length; ) {
            written += (await file.write(bytes, written, bytes.length - written, loaded + written)).bytesWritten;
          }
          hash.update(bytes);
          loaded += bytes.length;
          onProgress(loaded);
        }
      } catch (error) {
        if (!isInterruption(error)) throw error;
        problem = error;
      }
      if (loaded === size) break;
      failures = loaded > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, loaded);
      if (failures >= ATTEMPTS) throw problem;
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MILLISECONDS * 2 ** (failures - 1)));
    }
    if (hash.digest('hex') !== etag) {
      throw new PretrainedError(
        `${url} was damaged on its way: its checksum is not the one that the hub announced. Try again.`,
      );
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @param start Bytes that are here already; a server may send them again nevertheless. */
async function request(
  url: string,
  token: string | undefined,
  start: number,
): Promise<{ body: AsyncIterable<Uint8Array>; resumed: boolean }> {
  const response = await hubFetch(url, {
    headers: {
      // Compressed, a range would count other bytes.
      'Accept-Encoding': 'identity',
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(start > 0 && { Range: `bytes=${start}-` }),
    },
  });
  if (!response.ok) throw new HubHttpError(response.status, response.headers.get('X-Error-Code') ?? undefined);
  return { body: response.body as unknown as AsyncIterable<Uint8Array>, resumed: response.status === 206 };
}
