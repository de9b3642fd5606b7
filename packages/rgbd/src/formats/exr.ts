import { inflateSync } from 'node:zlib';
import { type NumberType, readNumbers } from '@llm-mde/depth-maps';
import parseExr from 'parse-exr';
import { badFile, DatasetError } from '../errors.js';
import type { DepthMap } from '../types.js';
import { checkPixels } from './pixel-limit.js';

/** Names under which renderers and scanners store depth, the likelier first. */
const DEPTH_CHANNELS = ['Z', 'depth.Z', 'Depth.Z', 'depth', 'Y', 'V', 'R'];

/**
 * Reads one channel of an OpenEXR image of one part: halves, floats or, not in tiles and not compressed or compressed with RLE, ZIPS or ZIP,
 * integers. PIZ, PXR24, DWAA, DWAB and tiles are decoded by parse-exr, which knows the channels of color images only.
 *
 * @param channel its name. @default the first of Z, depth.Z, depth, Y, V and R that exists, else the only one
 * @returns the values as they stand in the file.
 * @throws DatasetError if the content is none of these, ends early, or has no such channel.
 */
export function readExr(content: Uint8Array, file: string, channel?: string): DepthMap {
  const header = readHeader(content, file);
  const chosen = chooseChannel(header, file, channel);
  const { width, height } = header;
  if (header.rowsOfBlock === undefined) {
    const bytes = Buffer.concat([
      content.subarray(0, 8),
      headerOfOneChannel(header, chosen),
      content.subarray(header.start),
    ]);
    return { data: decodeByLibrary(bytes, header, file), width, height };
  }
  const rowsOfBlock = header.rowsOfBlock;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const bytesOfRow = header.channels.reduce((sum, { bytes }) => sum + bytes * width, 0);
  const blocks = Math.ceil(height / rowsOfBlock);
  const offsets = header.start;
  if (offsets + blocks * 8 > content.length) throw endsEarly(file);
  const data = new Float32Array(width * height);
  for (let block = 0; block < blocks; block++) {
    const offset = Number(view.getBigUint64(offsets + block * 8, true));
    if (offset + 8 > content.length) throw endsEarly(file);
    const firstRow = view.getInt32(offset, true) - header.top;
    const size = view.getInt32(offset + 4, true);
    const rows = Math.min(rowsOfBlock, height - firstRow);
    if (firstRow < 0 || rows < 1 || size < 0) throw new DatasetError(`Its block ${block} is broken.`, { file });
    if (offset + 8 + size > content.length) throw endsEarly(file);
    const packed = content.subarray(offset + 8, offset + 8 + size);
    const raw = unpack(packed, rows * bytesOfRow, header.compression, file);
    for (let row = 0; row < rows; row++) {
      const from = row * bytesOfRow + chosen.offset * width;
      const values = readNumbers(NUMBER_TYPES[chosen.type]!, raw.subarray(from, from + chosen.bytes * width));
      data.set(values, (firstRow + row) * width);
    }
  }
  return { data, width, height };
}

/** parse-exr reads the channel Y: the chosen channel gets this name, and the others names that it skips. */
function headerOfOneChannel({ attributes, channels }: Header, chosen: Channel): Buffer {
  const list = channels.flatMap(({ name, entry }, index) => [
    Buffer.from(`${name === chosen.name ? 'Y' : `_${index}`}\0`),
    entry,
  ]);
  const parts = [...attributes].flatMap(([name, { type, value }]) => {
    if (!ATTRIBUTES_OF_LIBRARY.includes(name)) return [];
    const content = name === 'channels' ? Buffer.concat([...list, Buffer.alloc(1)]) : value;
    const size = Buffer.alloc(4);
    size.writeUInt32LE(content.length);
    return [Buffer.from(`${name}\0${type}\0`), size, content];
  });
  return Buffer.concat([...parts, Buffer.alloc(1)]);
}

const ATTRIBUTES_OF_LIBRARY = ['channels', 'compression', 'dataWindow', 'displayWindow', 'lineOrder', 'tiles'];
const LIBRARY_COMPRESSIONS = ['PIZ', 'PXR24', 'DWAA', 'DWAB'];
const FLOAT_RESULT = 1015;

function decodeByLibrary(bytes: Buffer, { width, height, channels, compression }: Header, file: string): Float32Array {
  if (channels.some(({ type }) => type === PIXEL_TYPES.uint)) {
    throw new DatasetError(
      `Integers with ${compression} compression or in tiles are not supported: save it with ZIP.`,
      { file },
    );
  }
  let rows: Float32Array;
  try {
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    rows = parseExr(buffer, FLOAT_RESULT).data as Float32Array;
  } catch (error) {
    throw badFile(error, file);
  }
  // From the bottom up, as textures are.
  const data = new Float32Array(width * height);
  for (let row = 0; row < height; row++)
    data.set(rows.subarray((height - 1 - row) * width, (height - row) * width), row * width);
  return data;
}

const PIXEL_TYPES = { uint: 0, half: 1, float: 2 } as const;
const NUMBER_TYPES: readonly NumberType[] = ['u4', 'f2', 'f4'];
const COMPRESSIONS = ['none', 'RLE', 'ZIPS', 'ZIP', 'PIZ', 'PXR24', 'B44', 'B44A', 'DWAA', 'DWAB'];
const ROWS_OF_BLOCK: Record<string, number> = { none: 1, RLE: 1, ZIPS: 1, ZIP: 16 };

interface Channel {
  name: string;
  type: number;
  bytes: number;
  /** Bytes a pixel of the channels before it: in a row, a channel's values stand together. */
  offset: number;
  /** What follows the name in the header's list. */
  entry: Buffer;
}

interface Attribute {
  type: string;
  value: Buffer;
}

interface Header {
  channels: Channel[];
  compression: string;
  /** Undefined if the library has to decode it. */
  rowsOfBlock: number | undefined;
  attributes: Map<string, Attribute>;
  width: number;
  height: number;
  top: number;
  start: number;
}

function readHeader(content: Uint8Array, file: string): Header {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  if (bytes.length < 8 || bytes.readUInt32LE(0) !== 20000630) {
    throw new DatasetError(bytes.length === 0 ? 'The file is empty.' : 'It is not an OpenEXR file.', { file });
  }
  const flags = bytes.readUInt32LE(4);
  const unread = { 'deep data': 0x800, 'several parts': 0x1000 };
  for (const [what, flag] of Object.entries(unread)) {
    if (flags & flag) throw new DatasetError(`It has ${what}, which is not supported: save it as one part.`, { file });
  }
  const attributes = new Map<string, Attribute>();
  let position = 8;
  const text = () => {
    const end = bytes.indexOf(0, position);
    if (end < 0) throw endsEarly(file);
    const value = bytes.subarray(position, end).toString('latin1');
    position = end + 1;
    return value;
  };
  for (let name = text(); name !== ''; name = text()) {
    const type = text();
    if (position + 4 > bytes.length) throw endsEarly(file);
    const size = bytes.readUInt32LE(position);
    if (position + 4 + size > bytes.length) throw endsEarly(file);
    attributes.set(name, { type, value: bytes.subarray(position + 4, position + 4 + size) });
    position += 4 + size;
  }
  return { ...interpret(attributes, (flags & TILES) !== 0, file), start: position };
}

const TILES = 0x200;

function interpret(attributes: Map<string, Attribute>, isTiled: boolean, file: string): Omit<Header, 'start'> {
  const window = attributes.get('dataWindow')?.value;
  const code = attributes.get('compression')?.value[0];
  const list = attributes.get('channels')?.value;
  if (!list || !window || window.length < 16 || code === undefined) {
    throw new DatasetError('Its header lacks channels, dataWindow or compression.', { file });
  }
  const compression = COMPRESSIONS[code] ?? `number ${code}`;
  const rowsOfBlock = isTiled ? undefined : ROWS_OF_BLOCK[compression];
  if (!(compression in ROWS_OF_BLOCK) && !LIBRARY_COMPRESSIONS.includes(compression)) {
    throw new DatasetError(`Its compression is ${compression}, which is not supported: save it with ZIP or PIZ.`, {
      file,
    });
  }
  const [left, top, right, bottom] = [0, 4, 8, 12].map((at) => window.readInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  const [width, height] = [right - left + 1, bottom - top + 1];
  checkPixels(width, height, file);
  if (attributes.get('displayWindow')?.value.equals(window) === false) {
    throw new DatasetError('Its data window is not its display window: save the whole image.', { file });
  }
  return { channels: readChannels(list, file), compression, rowsOfBlock, attributes, width, height, top };
}

function readChannels(list: Buffer, file: string): Channel[] {
  const channels: Channel[] = [];
  let offset = 0;
  for (let position = 0; position < list.length && list[position] !== 0; ) {
    const end = list.indexOf(0, position);
    if (end < 0 || end + 17 > list.length) throw new DatasetError('Its list of channels is broken.', { file });
    const name = list.subarray(position, end).toString('latin1');
    const type = list.readInt32LE(end + 1);
    if (type < 0 || type > 2) throw new DatasetError(`Its channel ${name} has the unknown type ${type}.`, { file });
    if (list.readInt32LE(end + 9) !== 1 || list.readInt32LE(end + 13) !== 1) {
      throw new DatasetError(`Its channel ${name} is subsampled, which is not supported.`, { file });
    }
    const bytes = type === PIXEL_TYPES.half ? 2 : 4;
    channels.push({ name, type, bytes, offset, entry: list.subarray(end + 1, end + 17) });
    offset += bytes;
    position = end + 17;
  }
  return channels;
}

function chooseChannel({ channels }: Header, file: string, wanted?: string): Channel {
  const names = wanted === undefined ? DEPTH_CHANNELS : [wanted];
  const found = names.flatMap((name) => channels.filter((channel) => channel.name === name))[0];
  if (found) return found;
  if (wanted === undefined && channels.length === 1) return channels[0]!;
  const there = channels.map(({ name }) => name).join(', ') || 'none';
  throw new DatasetError(`It has no channel ${names.join(', ')}; its channels are: ${there}.`, { file });
}

/** Undoes a block's compression, then the two steps that OpenEXR takes before it: difference coding and halves split apart. */
function unpack(packed: Uint8Array, length: number, compression: string, file: string): Uint8Array {
  // A block that would not have become smaller is stored as it is.
  if (compression === 'none' || packed.length === length) {
    if (packed.length < length) throw endsEarly(file);
    return packed;
  }
  let coded: Uint8Array;
  try {
    coded = compression === 'RLE' ? undoRunLengths(packed, length) : inflateSync(packed, { maxOutputLength: length });
  } catch (error) {
    throw badFile(error, file);
  }
  if (coded.length !== length) throw new DatasetError('A compressed block does not have its length.', { file });
  const result = new Uint8Array(length);
  const half = (length + 1) >> 1;
  let value = 0;
  const decoded = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    value = index === 0 ? coded[0]! : (value + coded[index]! - 128) & 0xff;
    decoded[index] = value;
  }
  for (let index = 0; index < length; index++) result[index] = decoded[(index >> 1) + (index & 1 ? half : 0)]!;
  return result;
}

function undoRunLengths(packed: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(length);
  let [from, to] = [0, 0];
  while (from < packed.length) {
    const count = (packed[from++]! << 24) >> 24;
    // A negative count: that many bytes as they are. Else: the next byte, once more than the count says.
    const amount = count < 0 ? -count : count + 1;
    if (to + amount > length || from + (count < 0 ? amount : 1) > packed.length)
      throw new Error('Its run lengths do not fit.');
    if (count < 0) {
      result.set(packed.subarray(from, from + amount), to);
      from += amount;
    } else {
      result.fill(packed[from++]!, to, to + amount);
    }
    to += amount;
  }
  return result.subarray(0, to);
}

function endsEarly(file: string): DatasetError {
  return new DatasetError('It ends early. Download or copy it again.', { file });
}
