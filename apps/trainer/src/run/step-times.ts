import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { EVENT_FILE } from './tensorboard.js';

/**
 * How long training took until each step, by the times in TensorBoard's event files. Pauses between an interruption and its resumption do not
 * count, nor do steps that were done again.
 *
 * @returns seconds by step; empty where there are no such files.
 */
export async function readStepTimes(folder: string): Promise<Map<number, number>> {
  const names = (await readdir(folder)).filter((name) => EVENT_FILE.test(name)).sort();
  let times = new Map<number, number>();
  for (const name of names) {
    let [begin, offset] = [Number.NaN, 0];
    for (const { time, step, isStart, isSummary } of eventsOf(await readFile(join(folder, name)))) {
      if (Number.isNaN(begin)) begin = time;
      if (isStart) {
        times = new Map([...times].filter(([done]) => done < step));
        offset = [...times.values()].reduce((most, value) => Math.max(most, value), 0);
      }
      if (isSummary) times.set(step, offset + time - begin);
    }
  }
  return times;
}

interface Event {
  /** Seconds since 1970. */
  time: number;
  step: number;
  isStart: boolean;
  isSummary: boolean;
}

/** The whole records of a file, which may end within one. */
function* eventsOf(content: Uint8Array): Generator<Event> {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  for (let at = 0; at + 12 <= content.length; ) {
    const begin = at + 12;
    const end = begin + Number(view.getBigUint64(at, true));
    if (end + 4 > content.length) return;
    yield eventOf(content.subarray(begin, end));
    at = end + 4;
  }
}

function eventOf(record: Uint8Array): Event {
  const reader = new BinaryReader(record);
  const event = { time: Number.NaN, step: 0, isStart: false, isSummary: false };
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === WireType.Bit64) event.time = reader.double();
    else if (field === 2 && type === WireType.Varint) event.step = Number(reader.int64());
    else {
      event.isSummary ||= field === 5;
      event.isStart ||= field === 7;
      reader.skip(type, field);
    }
  }
  return event;
}
