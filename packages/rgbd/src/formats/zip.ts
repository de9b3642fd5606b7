import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { type Entry, openPromise } from 'yauzl';
import { inFile, type SkippedFile } from '../errors.js';
import { memberPath, problemOfMemberName } from './member-name.js';
import { readExactly } from './read-exactly.js';

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
export function indexZip(path: string): Promise<ZipIndex> {
  return inFile(path, async () => {
    const archive = await openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false });
    try {
      const index: ZipIndex = { members: [], bad: [] };
      for await (const entry of archive.eachEntry()) {
        // Decoded here: yauzl would end the whole listing at the first name that it finds unsafe.
        const name = (entry.fileName as unknown as Buffer).toString('utf8');
        if (name.endsWith('/')) continue;
        const problem = problemOf(entry, name);
        if (problem) index.bad.push({ file: memberPath(path, name), problem: `The member is not read: ${problem}.` });
        else {
          const { relativeOffsetOfLocalHeader, compressedSize, uncompressedSize, crc32 } = entry;
          const compressed = entry.compressionMethod === METHODS.deflate;
          const sizes = { relativeOffsetOfLocalHeader, compressedSize, uncompressedSize };
          index.members.push({ name, ...sizes, compressed, crc32 });
        }
      }
      return index;
    } finally {
      archive.close();
    }
  });
}

const METHODS = { stored: 0, deflate: 8 } as const;
const IS_ENCRYPTED = 1;

function problemOf(entry: Entry, name: string): string | undefined {
  const byName = problemOfMemberName(name);
  if (byName) return byName;
  if (entry.generalPurposeBitFlag & IS_ENCRYPTED) return 'it is encrypted';
  if (entry.compressionMethod !== METHODS.stored && entry.compressionMethod !== METHODS.deflate) {
    return `its compression (method ${entry.compressionMethod}) is not deflate`;
  }
  const size = Math.max(entry.uncompressedSize, entry.compressedSize);
  return size > LARGEST_MEMBER
    ? `it claims ${size} bytes, more than ${LARGEST_MEMBER}, the most that a frame may have`
    : undefined;
}

/**
 * Reads a member that {@link indexZip} listed.
 *
 * @throws Error if the content is cut off, grows beyond its stated size, or does not match its checksum.
 */
export async function readZipMember(handle: FileHandle, member: ZipMember): Promise<Buffer> {
  const { relativeOffsetOfLocalHeader: offset, compressedSize, uncompressedSize, compressed } = member;
  const header = await readExactly(handle, offset, 30);
  if (header.readUInt32LE() !== LOCAL_HEADER) throw new Error('there is no local header where the archive states one');
  const start = offset + header.length + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = await readExactly(handle, start, compressedSize);
  const content = compressed ? await inflate(packed, uncompressedSize) : packed;
  if (content.length < uncompressedSize) {
    throw new Error(`it has not enough bytes: ${content.length} of ${uncompressedSize} are there`);
  }
  if (crc32(content) !== member.crc32) throw new Error('its content does not match its checksum');
  return content;
}

const LOCAL_HEADER = 0x04034b50;

async function inflate(packed: Buffer, size: number): Promise<Buffer> {
  try {
    return await promisify(inflateRaw)(packed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    const isTooLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLong ? new Error(`it has too many bytes: the archive states ${size}`) : error;
  }
}
