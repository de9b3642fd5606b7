import { readFile } from 'node:fs/promises';
import { inFile } from '../errors.js';
import { memberPath } from './member-name.js';
import { type TarMember, TarReader } from './tar.js';
import { type ZipMember, ZipReader } from './zip.js';

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
  readonly #tars = new Map<string, Promise<TarReader>>();
  readonly #zips = new Map<string, Promise<ZipReader>>();

  /** @throws DatasetError if it is missing or cut off. */
  async read(location: Location): Promise<Buffer> {
    switch (location.kind) {
      case 'file':
        return inFile(location.path, () => readFile(location.path));
      case 'tar':
        return (await opened(this.#tars, location.archive, TarReader.open)).read(location.member);
      case 'zip':
        return (await opened(this.#zips, location.archive, ZipReader.open)).read(location.member);
    }
  }

  async close(): Promise<void> {
    const archives = await Promise.allSettled([...this.#tars.values(), ...this.#zips.values()]);
    this.#tars.clear();
    this.#zips.clear();
    for (const archive of archives) if (archive.status === 'fulfilled') await archive.value.close();
  }
}

function opened<T>(archives: Map<string, Promise<T>>, path: string, open: (path: string) => Promise<T>): Promise<T> {
  const known = archives.get(path);
  if (known) return known;
  const archive = open(path);
  archives.set(path, archive);
  // One that could not be opened may be there at the next try.
  archive.catch(() => archives.delete(path));
  return archive;
}
