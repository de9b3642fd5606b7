import { type FileHandle, open } from 'node:fs/promises';
import { DatasetError, inFile, type SkippedFile } from '../errors.js';
import { memberPath, problemOfMemberName } from './member-name.js';

/** Where a member's bytes lie in its tar file. */
export interface TarMember {
  name: string;
  offset: number;
  size: number;
}

export interface TarIndex {
  members: TarMember[];
  /** Members that can't be used: cut off, or with a name that leads out of the archive. */
  bad: SkippedFile[];
}

/**
 * Lists a tar file's ordinary files, in one pass over its headers: 512 bytes are read for each member, not the members.
 *
 * Reads the dialects ustar, pax and GNU (long names, sizes above 8 GiB). Links and folders are skipped. Where the file is
 * cut off, the members before the cut are listed and the one it goes through is reported.
 *
 * @throws DatasetError if it is missing, compressed, or no tar file from its first header on.
 */
export async function indexTar(path: string): Promise<TarIndex> {
  return inFile(path, async () => {
    const handle = await open(path);
    try {
      return await readHeaders(path, handle, (await handle.stat()).size);
    } finally {
      await handle.close();
    }
  });
}

const BLOCK = 512;

/** Long names and pax records are read into memory; real ones have some hundred bytes. */
const LARGEST_RECORD = 2 ** 20;

async function readHeaders(path: string, handle: FileHandle, fileSize: number): Promise<TarIndex> {
  const index: TarIndex = { members: [], bad: [] };
  const header = Buffer.alloc(BLOCK);
  let next: { name?: string; size?: number } = {};
  for (let position = 0; position < fileSize; ) {
    const { bytesRead } = await handle.read(header, 0, BLOCK, position);
    if (bytesRead < BLOCK) {
      if (position === 0)
        throw new DatasetError('It is not a tar file: it is shorter than one header.', { file: path });
      index.bad.push({
        file: path,
        problem: `It ends early, within the header at byte ${position}. Download or copy it again.`,
      });
      break;
    }
    if (header.every((byte) => byte === 0)) break;
    if (!hasChecksum(header)) {
      const problem = `There is no tar header at byte ${position}.`;
      if (position === 0) throw new DatasetError(`It is not a tar file. ${problem}`, { file: path });
      index.bad.push({ file: path, problem: `${problem} What follows can't be read.` });
      break;
    }
    const type = String.fromCharCode(header[156]!);
    const size = next.size ?? readNumber(header.subarray(124, 136));
    const offset = position + BLOCK;
    position = offset + Math.ceil(size / BLOCK) * BLOCK;
    if ('xgLK'.includes(type)) {
      if (size > LARGEST_RECORD || offset + size > fileSize) {
        index.bad.push({ file: path, problem: `The extended header at byte ${offset - BLOCK} is broken or cut off.` });
        break;
      }
      const record = Buffer.alloc(size);
      await handle.read(record, 0, size, offset);
      if (type === 'x') next = { ...next, ...readPax(record) };
      if (type === 'L') next = { ...next, name: text(record) };
      continue;
    }
    const name = (next.name ?? plainName(header)).replace(/^(\.\/)+/, '');
    next = {};
    if (type !== '0' && type !== '\0' && type !== '7') continue;
    const problem = problemOfMemberName(name);
    if (problem) {
      index.bad.push({ file: memberPath(path, name), problem: `The member is not read: ${problem}.` });
    } else if (offset + size > fileSize) {
      const there = Math.max(0, fileSize - offset);
      index.bad.push({
        file: memberPath(path, name),
        problem: `The tar file ends within it: ${there} of ${size} bytes are there. Download or copy it again.`,
      });
    } else {
      index.members.push({ name, offset, size });
    }
  }
  return index;
}

/** The sum of the header's bytes, its own field counted as spaces. */
function hasChecksum(header: Buffer): boolean {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++) sum += index >= 148 && index < 156 ? 32 : header[index]!;
  const stated = text(header.subarray(148, 156)).trim();
  return /^[0-7]+$/.test(stated) && sum === Number.parseInt(stated, 8);
}

/** Octal digits, or, where the first bit is set, a big-endian number (GNU's form for what octal can't hold). */
function readNumber(field: Buffer): number {
  if (field[0]! & 0x80) {
    let value = field[0]! & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw new Error('a header states an impossible size');
    return value;
  }
  const digits = text(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw new Error('a header states a size that is no number');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function plainName(header: Buffer): string {
  const name = text(header.subarray(0, 100));
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? text(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Records of the form "LENGTH KEY=VALUE\n". */
function readPax(record: Buffer): { name?: string; size?: number } {
  const found: { name?: string; size?: number } = {};
  for (let position = 0; position < record.length; ) {
    const space = record.indexOf(32, position);
    const length = Number.parseInt(record.toString('latin1', position, space), 10);
    if (space < 0 || !(length > 0)) break;
    const entry = record.toString('utf8', space + 1, position + length - 1);
    const equals = entry.indexOf('=');
    const value = entry.slice(equals + 1);
    if (entry.slice(0, equals) === 'path') found.name = value;
    if (entry.slice(0, equals) === 'size') found.size = Number(value);
    position += length;
  }
  return found;
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

/** One file of a tar archive (ustar), padded to 512 bytes. Owner, group and date are zero, so that the same files give the same archive. */
export function tarEntry(name: string, bytes: Uint8Array, { size = bytes.length, type = '0' } = {}): Buffer {
  if (Buffer.byteLength(name) > 100) {
    throw new RangeError(`The name ${name} is longer than the 100 bytes that tar has for it.`);
  }
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}

/** The end of a tar archive. */
export const TAR_END = new Uint8Array(2 * BLOCK);
