import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { maskedCrc32c } from './crc32c.js';

/**
 * TensorBoard's event file. Each start of a run writes a file of its own, and says in it from which step on it counts: TensorBoard then
 * drops what an earlier, interrupted start recorded from that step on.
 */
export class EventFile {
  private constructor(private readonly file: FileHandle) {}

  /**
   * Starts a new file in a folder, which may hold those of earlier starts.
   *
   * @param firstStep the first step that this start will record. @default 0
   */
  static async start(folder: string, firstStep = 0): Promise<EventFile> {
    await mkdir(folder, { recursive: true });
    const events = new EventFile(await open(join(folder, await nextName(folder)), 'ax'));
    await events.append((event) => event.tag(3, WireType.LengthDelimited).string('brain.Event:2'));
    const sessionStarts = new BinaryWriter().tag(1, WireType.Varint).int32(1).finish();
    await events.append((event) =>
      event.tag(2, WireType.Varint).int64(firstStep).tag(7, WireType.LengthDelimited).bytes(sessionStarts),
    );
    return events;
  }

  /**
   * Records numbers of a step. They are in the file when the promise resolves.
   *
   * @param scalars by tag; tags with a slash are grouped by what comes before it.
   */
  async write(step: number, scalars: Readonly<Record<string, number>>): Promise<void> {
    const summary = new BinaryWriter();
    for (const [tag, value] of Object.entries(scalars)) {
      summary.tag(1, WireType.LengthDelimited).fork();
      summary.tag(1, WireType.LengthDelimited).string(tag);
      // protobuf's writer refuses what float32 cannot hold.
      summary.tag(2, WireType.Bit32).float(Math.fround(value));
      summary.join();
    }
    await this.append((event) =>
      event.tag(2, WireType.Varint).int64(step).tag(5, WireType.LengthDelimited).bytes(summary.finish()),
    );
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /** Adds one record in one write, so that a run that is killed leaves whole records. */
  private async append(fill: (event: BinaryWriter) => BinaryWriter): Promise<void> {
    const event = new BinaryWriter().tag(1, WireType.Bit64).double(Date.now() / 1000);
    await this.file.appendFile(record(fill(event).finish()));
  }
}

const PREFIX = 'events.out.tfevents.';
/** The name of a file that this program wrote. */
export const EVENT_FILE = /^events\.out\.tfevents\.\d+\.llm-mde$/;

/** TensorBoard reads files by name: that of a later start must come after those that are there, even within a second. */
async function nextName(folder: string): Promise<string> {
  const starts = (await readdir(folder))
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => Number.parseInt(name.slice(PREFIX.length), 10))
    .filter(Number.isInteger);
  return `${PREFIX}${Math.max(Math.floor(Date.now() / 1000), ...starts.map((start) => start + 1))}.llm-mde`;
}

/** TFRecord's frame: length, its checksum, the data, its checksum. */
function record(data: Uint8Array): Uint8Array {
  const framed = new Uint8Array(data.length + 16);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(framed.subarray(0, 8)), true);
  framed.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return framed;
}
