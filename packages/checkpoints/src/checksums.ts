import type { FileSource } from './file-source.js';
import { PretrainedError } from './pretrained-error.js';

/** Lists the SHA-256 of each file of a folder, in the form that `sha256sum --check SHA256SUMS` reads. */
export const CHECKSUMS_FILE = 'SHA256SUMS';

/**
 * The same files, each compared with the folder's `SHA256SUMS` when it is read. Nothing is compared where there is no such file, or where a
 * browser offers no SHA-256, as outside of https and localhost.
 *
 * @param options Files whose path begins with `unlisted` need not be listed. @default all have to be
 * @throws {PretrainedError} if `SHA256SUMS` is malformed; `read` throws one that names the file if it is not as listed.
 */
export async function verifiedFiles(files: FileSource, { unlisted }: { unlisted?: string } = {}): Promise<FileSource> {
  const content = await files.read(CHECKSUMS_FILE);
  if (content === undefined || !globalThis.crypto?.subtle) return files;
  const checksums = parseChecksums(content, files.name);
  return {
    name: files.name,
    async read(path) {
      const bytes = await files.read(path);
      if (unlisted !== undefined && path.startsWith(unlisted) && !checksums.has(path)) return bytes;
      if (bytes === undefined || checksums.get(path)?.includes(await sha256(bytes))) return bytes;
      const problem = checksums.has(path) ? 'is damaged: its SHA-256 is not the one in' : 'is not listed in';
      throw new PretrainedError(
        `${path} of ${files.name} ${problem} ${CHECKSUMS_FILE}. Use another copy, or delete ${CHECKSUMS_FILE} if you changed the file yourself.`,
      );
    },
  };
}

/** Writes the `SHA256SUMS` of all files in a folder and in its folders. Node only. */
export async function writeChecksums(folder: string): Promise<void> {
  const { readdir, writeFile } = await import('node:fs/promises');
  const { join, relative, sep } = await import('node:path');
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    if (entry.isFile() && name !== CHECKSUMS_FILE) files.set(name, path);
  }
  await writeFile(join(folder, CHECKSUMS_FILE), await encodeChecksums(files));
}

/**
 * The content of a `SHA256SUMS`. Node only.
 * @param files By their path with `/` between folders: bytes, or the path of a file on this machine.
 */
export async function encodeChecksums(files: ReadonlyMap<string, Uint8Array | string>): Promise<Uint8Array> {
  const { createReadStream } = await import('node:fs');
  const { createHash } = await import('node:crypto');
  const { pipeline } = await import('node:stream/promises');
  const lines: string[] = [];
  for (const [name, content] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const hash = createHash('sha256');
    if (typeof content === 'string') await pipeline(createReadStream(content), hash);
    else hash.update(content);
    lines.push(`${hash.digest('hex')}  ${name}\n`);
  }
  return new TextEncoder().encode(lines.join(''));
}

/** The text of `SHA256SUMS` with another sum for one file, or with the sums of what it was and of what it will be. Others are left as they are. */
export async function withChecksums(text: string, path: string, contents: readonly Uint8Array[]): Promise<string> {
  const others = text.split('\n').filter((line) => line !== '' && LINE.exec(line)?.[2] !== path);
  const sums = await Promise.all(contents.map(sha256));
  const lines = [...others, ...sums.map((sum) => `${sum}  ${path}`)];
  const nameOf = (line: string) => line.slice(66);
  return lines
    .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
    .map((line) => `${line}\n`)
    .join('');
}

const LINE = /^([0-9a-f]{64}) {2}(.+)$/;

/**
 * The files that the content of a `SHA256SUMS` lists.
 * @throws {PretrainedError} if it is malformed.
 */
export function listedFiles(content: Uint8Array, name: string): string[] {
  return [...parseChecksums(content, name).keys()];
}

/** A file that is being replaced is listed twice: as it was, and as it will be. */
function parseChecksums(content: Uint8Array, name: string): Map<string, string[]> {
  const lines = new TextDecoder().decode(content).split('\n');
  const entries = lines.map((line) => LINE.exec(line));
  if (lines.at(-1) !== '' || entries.slice(0, -1).includes(null)) {
    throw new PretrainedError(`${CHECKSUMS_FILE} of ${name} is damaged: it is not a list of SHA-256 sums.`);
  }
  const sums = new Map<string, string[]>();
  for (const entry of entries.slice(0, -1)) sums.set(entry![2]!, [...(sums.get(entry![2]!) ?? []), entry![1]!]);
  return sums;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
