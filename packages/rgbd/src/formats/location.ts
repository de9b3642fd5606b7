import { type FileHandle, open, readFile } from 'node:fs/promises';
import { inFile } from '../errors.js';
import { memberPath } from './member-name.js';
import { readExactly } from './read-exactly.js';
import type { TarMember } from './tar.js';
import { readZipMember, type ZipMember } from './zip.js';

/** Where some bytes lie: a file, or a member of an archive. Plain data: it can go to a worker. */
export type Location =
  | { kind: 'file'; path: string }
  | { kind: 'tar'; archive: string; member: TarMember }
  | { kind: 'zip'; archive: string; member: ZipMember };

/** How a location is named in errors. */
export function nameOf(location: Location): string {
  return location.kind === 'file' ? location.path : memberPath(location.archive, location.member.name);
}

/** Reads locations; each archive is opened once, at its first read. */
export class LocationReader {
  readonly #archives = new Map<string, Promise<FileHandle>>();

  /** @throws DatasetError if it is missing, cut off or damaged. */
  async read(location: Location): Promise<Buffer> {
    if (location.kind === 'file') return inFile(location.path, () => readFile(location.path));
    const handle = await this.#open(location.archive);
    return inFile(nameOf(location), () =>
      location.kind === 'zip'
        ? readZipMember(handle, location.member)
        : readExactly(handle, location.member.offset, location.member.size),
    );
  }

  async close(): Promise<void> {
    const archives = await Promise.allSettled(this.#archives.values());
    this.#archives.clear();
    for (const archive of archives) if (archive.status === 'fulfilled') await archive.value.close();
  }

  #open(path: string): Promise<FileHandle> {
    const archive = this.#archives.get(path) ?? inFile(path, () => open(path));
    this.#archives.set(path, archive);
    // One that could not be opened may be there at the next try.
    archive.catch(() => this.#archives.delete(path));
    return archive;
  }
}
