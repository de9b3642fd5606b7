import { crc32, deflateRawSync } from 'node:zlib';
import { TAR_END, tarEntry } from '../formats/tar.js';

export interface TarEntry {
  name: string;
  content?: Uint8Array;
  /** What the header says. @default the content's length */
  size?: number;
  /** @default '0', an ordinary file */
  type?: string;
}

/** A tar file, without checks: it writes broken ones just as well. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.map(({ name, content = new Uint8Array(0), ...header }) => tarEntry(name, content, header));
  return Buffer.concat([...parts, TAR_END]);
}

export interface ZipEntry {
  name: string;
  content: Uint8Array;
  /** What both headers say. @default the content's length */
  size?: number;
  /** @default the content's */
  checksum?: number;
  /** @default 8, deflate */
  method?: number;
  /** @default 0 */
  flags?: number;
}

/** A zip file, without checks: it writes broken ones just as well. */
export function writeZip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, size = content.length, checksum = crc32(content), method = 8, flags = 0 } of entries) {
    const packed = method === 8 ? deflateRawSync(content) : Buffer.from(content);
    const nameBytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(checksum, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, nameBytes, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, rest, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}
