import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { badFile, inFile, type SkippedFile } from '../errors.js';
import { memberPath, problemOfMemberName } from './member-name.js';

/** What is needed to read a member without going through the archive's list again. Plain data: it can go to a worker. */
export interface ZipMember {
  name: string;
  relativeOffsetOfLocalHeader: number;
  compressedSize: number;
  uncompressedSize: number;
  compressed: boolean;
  crc32: number;
}

interface ZipIndex {
  members: ZipMember[];
  bad: SkippedFile[];
}

/** A frame of the raw dump has 921,615 bytes of color. What claims to be far larger is no frame, and may be a bomb. */
const LARGEST_MEMBER = 64 * 2 ** 20;

/**
 * Lists a zip file's files from its central directory. Encrypted members, other compressions than deflate, members that claim more than
 * 64 MiB, and names that lead out of the archive are reported, not listed.
 *
 * @throws DatasetError if it is missing, cut off, or no zip file.
 */
export async function indexZip(path: string): Promise<ZipIndex> {
  const archive = await openArchive(path);
  try {
    const index: ZipIndex = { members: [], bad: [] };
    for await (const entry of archive.eachEntry()) {
      const name = decodeName(entry);
      if (name.endsWith('/')) continue;
      const problem = problemOf(entry, name);
      if (problem) index.bad.push({ file: memberPath(path, name), problem: `The member is not read: ${problem}.` });
      else {
        const { relativeOffsetOfLocalHeader, compressedSize, uncompressedSize, compressionMethod } = entry;
        const compressed = compressionMethod === METHODS.deflate;
        index.members.push({
          name,
          relativeOffsetOfLocalHeader,
          compressedSize,
          uncompressedSize,
          compressed,
          crc32: entry.crc32,
        });
      }
    }
    return index;
  } catch (error) {
    throw badFile(error, path);
  } finally {
    archive.close();
  }
}

const METHODS = { stored: 0, deflate: 8 } as const;
const IS_ENCRYPTED = 1;

/** Names are decoded here: yauzl would end the whole listing at the first one that it finds unsafe. */
function decodeName(entry: Entry): string {
  const raw = entry.fileName as unknown as Buffer;
  return raw.toString('utf8');
}

function problemOf(entry: Entry, name: string): string | undefined {
  const byName = problemOfMemberName(name);
  if (byName) return byName;
  if (entry.generalPurposeBitFlag & IS_ENCRYPTED) return 'it is encrypted';
  if (entry.compressionMethod !== METHODS.stored && entry.compressionMethod !== METHODS.deflate) {
    return `its compression (method ${entry.compressionMethod}) is not deflate`;
  }
  if (entry.uncompressedSize > LARGEST_MEMBER) {
    return `it claims ${entry.uncompressedSize} bytes, more than ${LARGEST_MEMBER}, the most that a frame may have`;
  }
  return undefined;
}

/** Random access to members that {@link indexZip} listed. */
export class ZipReader {
  readonly #path: string;
  readonly #archive: ZipFile;

  static async open(path: string): Promise<ZipReader> {
    return new ZipReader(path, await openArchive(path));
  }

  private constructor(path: string, archive: ZipFile) {
    this.#path = path;
    this.#archive = archive;
  }

  /** @throws DatasetError if the content is cut off, grows beyond its stated size, or does not match its checksum. */
  async read(member: ZipMember): Promise<Buffer> {
    return inFile(memberPath(this.#path, member.name), async () => {
      const { fileDataStart } = await this.#archive.readLocalFileHeaderPromise(member as unknown as Entry, {
        minimal: true,
      });
      const stream = await openStream(this.#archive, member, fileDataStart);
      // Filled to its stated size and no further: yauzl ends the stream with an error where more comes.
      const content = Buffer.alloc(member.uncompressedSize);
      let length = 0;
      for await (const chunk of stream) {
        if (length + chunk.length > content.length) throw new Error('it is longer than the archive states');
        chunk.copy(content, length);
        length += chunk.length;
      }
      if (length < content.length) throw new Error(`it ends early: ${length} of ${content.length} bytes are there`);
      if (crc32(content) !== member.crc32) throw new Error('its content does not match its checksum');
      return content;
    });
  }

  close(): void {
    this.#archive.close();
  }
}

// By callback: in yauzl 3.4 the same function that returns a promise calls another one.
function openStream(archive: ZipFile, member: ZipMember, start: number): Promise<AsyncIterable<Buffer>> {
  const { compressedSize, uncompressedSize, compressed } = member;
  return new Promise((resolve, reject) => {
    archive.openReadStreamLowLevel(
      start,
      compressedSize,
      0,
      compressedSize,
      compressed,
      uncompressedSize,
      (error, stream) => (error ? reject(error) : resolve(stream)),
    );
  });
}

function openArchive(path: string): Promise<ZipFile> {
  return inFile(path, () => openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false }));
}
