import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, write, writeSync } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TypedArray } from '../graph/value.js';
import { bytesOf, type ExternalPlace, paddingAfter } from '../onnx/external-data.js';
import type { WeightsFolder } from './platform.js';

const PREFIX = 'llm-mde-compile-';
const WEIGHTS = 'weights';
const writeBytes = promisify(write);

/**
 * A temporary folder with one file that all weights of this process are in. ONNX Runtime maps it into memory, so sessions for other
 * shapes share the weights, and the memory can be taken back while they are not used. The folder is removed when the process ends; if it
 * is killed, by the next process.
 */
export class NodeWeightsFolder implements WeightsFolder {
  private readonly places = new WeakMap<object, Promise<ExternalPlace>>();
  private folder: string | undefined;
  private descriptor: number | undefined;
  private end = 0;
  private modelCount = 0;

  place(identity: object, read: () => Promise<TypedArray>): Promise<ExternalPlace> {
    let place = this.places.get(identity);
    if (!place) {
      place = this.append(read);
      this.places.set(identity, place);
    }
    return place;
  }

  placeNow(identity: object, values: TypedArray): ExternalPlace {
    const bytes = bytesOf(values);
    const place = this.reserve(bytes.byteLength);
    const file = this.openForWriting();
    for (let written = 0; written < bytes.byteLength; ) {
      written += writeSync(file, bytes, written, bytes.byteLength - written, place.offset + written);
    }
    this.places.set(identity, Promise.resolve(place));
    return place;
  }

  async read({ offset, length }: ExternalPlace): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    const file = await open(join(this.directory(), WEIGHTS), 'r');
    try {
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw new Error('The temporary file of weights was cut short.');
        done += bytesRead;
      }
    } finally {
      await file.close();
    }
    return bytes;
  }

  readSync({ offset, length }: ExternalPlace): Uint8Array {
    const bytes = new Uint8Array(length);
    const file = openSync(join(this.directory(), WEIGHTS), 'r');
    try {
      for (let done = 0; done < length; ) {
        const count = readSync(file, bytes, done, length - done, offset + done);
        if (count === 0) throw new Error('The temporary file of weights was cut short.');
        done += count;
      }
    } finally {
      closeSync(file);
    }
    return bytes;
  }

  async writeModel(bytes: Uint8Array): Promise<string> {
    const path = join(this.directory(), `${this.modelCount++}.onnx`);
    await writeFile(path, bytes);
    return path;
  }

  async removeModel(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  private async append(read: () => Promise<TypedArray>): Promise<ExternalPlace> {
    const bytes = bytesOf(await read());
    const place = this.reserve(bytes.byteLength);
    const file = this.openForWriting();
    for (let written = 0; written < bytes.byteLength; ) {
      const left = bytes.byteLength - written;
      written += (await writeBytes(file, bytes, written, left, place.offset + written)).bytesWritten;
    }
    return place;
  }

  private reserve(length: number): ExternalPlace {
    const offset = this.end;
    this.end += length + paddingAfter(length);
    return { location: WEIGHTS, offset, length };
  }

  /** It stays open as long as the process. */
  private openForWriting(): number {
    this.descriptor ??= openSync(join(this.directory(), WEIGHTS), 'w');
    return this.descriptor;
  }

  private directory(): string {
    if (this.folder === undefined) {
      removeAbandoned();
      const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
      process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
      this.folder = folder;
    }
    return this.folder;
  }
}

/** Removes what processes left behind that exist no longer. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, processId] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (processId === undefined || isRunning(Number(processId))) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
