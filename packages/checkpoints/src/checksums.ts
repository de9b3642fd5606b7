import type { FileSource } from './file-source.js';
import { PretrainedError } from './pretrained-error.js';

/** Lists the SHA-256 of each file of a folder, in the form that `sha256sum --check SHA256SUMS` reads. */
const CHECKSUMS_FILE = 'SHA256SUMS';

/**
 * The same files, each compared with the folder's `SHA256SUMS` when it is read. Nothing is compared where there is no such file, or where a
 * browser offers no SHA-256, as outside of https and localhost.
 *
 * @throws {PretrainedError} if `SHA256SUMS` is malformed; `read` throws one that names the file if it is not as listed.
 */
export async function verifiedFiles(files: FileSource): Promise<FileSource> {
  const content = await files.read(CHECKSUMS_FILE);
  if (content === undefined || !globalThis.crypto?.subtle) return files;
  const checksums = parseChecksums(content, files.name);
  return {
    name: files.name,
    async read(path) {
      const bytes = await files.read(path);
      if (bytes === undefined || (await sha256(bytes)) === checksums.get(path)) return bytes;
      const problem = checksums.has(path) ? 'is damaged: its SHA-256 is not the one in' : 'is not listed in';
      throw new PretrainedError(
        `${path} of ${files.name} ${problem} ${CHECKSUMS_FILE}. Use another copy, or delete ${CHECKSUMS_FILE} if you changed the file yourself.`,
      );
    },
  };
}

/** Writes the `SHA256SUMS` of all files in a folder and in its folders. Node only. */
export async function writeChecksums(folder: string): Promise<void> {
  const { createReadStream } = await import('node:fs');
  const { readdir, writeFile } = await import('node:fs/promises');
  const { createHash } = await import('node:crypto');
  const { pipeline } = await import('node:stream/promises');
  const { join, relative, sep } = await import('node:path');
  const sums: [name: string, sum: string][] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    if (!entry.isFile() || name === CHECKSUMS_FILE) continue;
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    sums.push([name, hash.digest('hex')]);
  }
  sums.sort(([one], [other]) => (one < other ? -1 : 1));
  await writeFile(join(folder, CHECKSUMS_FILE), sums.map(([name, sum]) => `${sum}  ${name}\n`).join(''));
}

function parseChecksums(content: Uint8Array, name: string): Map<string, string> {
  const lines = new TextDecoder().decode(content).split('\n');
  const entries = lines.map((line) => /^([0-9a-f]{64}) {2}(.+)$/.exec(line));
  if (lines.at(-1) !== '' || entries.slice(0, -1).includes(null)) {
    throw new PretrainedError(`${CHECKSUMS_FILE} of ${name} is damaged: it is not a list of SHA-256 sums.`);
  }
  return new Map(entries.slice(0, -1).map((entry) => [entry![2]!, entry![1]!]));
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
