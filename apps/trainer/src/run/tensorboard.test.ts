import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { describe, expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from './crc32c.js';
import { EventFile } from './tensorboard.js';

const folder = folderOfFile();

describe('crc32c', () => {
  it("has RFC 3720's values", () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  });
});

describe('EventFile', () => {
  it('writes whole records: version, start of the session, and scalars', async () => {
    const events = await EventFile.start(join(folder, 'one'), 5);
    await events.write(5, { 'loss/training': 0.25, learningRate: 1e-4, broken: Number.NaN });
    await events.close();
    const [version, start, scalars] = readEvents(join(folder, 'one'));
    expect(text(version!.get(3)![0])).toBe('brain.Event:2');
    expect(start!.get(2)).toEqual([5]);
    expect(fields(start!.get(7)![0] as Uint8Array).get(1)).toEqual([1]);
    expect(scalars!.get(2)).toEqual([5]);
    expect(values(scalars!).map((value) => [text(value.get(1)![0]), float(value.get(2)![0])])).toEqual([
      ['loss/training', 0.25],
      ['learningRate', Math.fround(1e-4)],
      ['broken', Number.NaN],
    ]);
    const now = view(scalars!.get(1)![0]).getFloat64(0, true);
    expect(Math.abs(now - Date.now() / 1000)).toBeLessThan(3600);
  });

  it('starts a file of its own each time, later by name', async () => {
    for (const step of [0, 10, 20]) await (await EventFile.start(join(folder, 'three'), step)).close();
    const names = readdirSync(join(folder, 'three')).sort();
    expect(names).toHaveLength(3);
    const starts = names.map((name) => readFile(join(folder, 'three', name))[1]!.get(2)?.[0] ?? 0);
    expect(starts).toEqual([0, 10, 20]);
  });

  it('takes numbers that float32 cannot hold', async () => {
    const events = await EventFile.start(join(folder, 'large'));
    await events.write(1, { loss: 1e300 });
    await events.close();
    const [, , scalars] = readEvents(join(folder, 'large'));
    expect(float(values(scalars!)[0]!.get(2)![0])).toBe(Number.POSITIVE_INFINITY);
  });
});

type Fields = Map<number, (number | Uint8Array)[]>;

function readEvents(path: string): Fields[] {
  return readdirSync(path)
    .sort()
    .flatMap((name) => readFile(join(path, name)));
}

function readFile(path: string): Fields[] {
  const bytes = readFileSync(path);
  const events: Fields[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc32c(bytes.subarray(at, at + 8)));
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(data));
    events.push(fields(data));
    at += length + 16;
  }
  return events;
}

function fields(bytes: Uint8Array): Fields {
  const found: Fields = new Map();
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const isNumber = type === WireType.Varint;
    const value = isNumber ? reader.uint32() : type === WireType.LengthDelimited ? reader.bytes() : reader.skip(type);
    found.set(field, [...(found.get(field) ?? []), value]);
  }
  return found;
}

function values(event: Fields): Fields[] {
  const summary = fields(event.get(5)![0] as Uint8Array);
  return summary.get(1)!.map((value) => fields(value as Uint8Array));
}

function text(value: number | Uint8Array | undefined): string {
  return new TextDecoder().decode(value as Uint8Array);
}

function float(value: number | Uint8Array | undefined): number {
  return view(value).getFloat32(0, true);
}

function view(value: number | Uint8Array | undefined): DataView {
  const { buffer, byteOffset, byteLength } = value as Uint8Array;
  return new DataView(buffer, byteOffset, byteLength);
}
