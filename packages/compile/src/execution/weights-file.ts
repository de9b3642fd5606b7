import { mkdtempSync, openSync, readdirSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExternalLocation, TypedArray } from '../graph/value.js';
import { bytesOf, paddingAfter } from '../onnx/external-data.js';
import type { WeightsFile } from './platform.js';

const PREFIX = 'llm-mde-compile-';
const WEIGHTS = 'weights';

/**
 * One file in a temporary folder with all weights of this process. ONNX Runtime maps it into memory, so sessions for other shapes share
 * the weights, and the memory can be taken back while they are not used. The folder is removed when the process ends; if it is killed, by
 * the next process.
 */
export class NodeWeightsFile implements WeightsFile {
  private readonly locations = new WeakMap<object, ExternalLocation>();
  private folder: string | undefined;
  private descriptor: number | undefined;
  private end = 0;
  private modelCount = 0;

  find(identity: object): ExternalLocation | undefined {
    return this.locations.get(identity);
  }

  write(identity: object, values: TypedArray): ExternalLocation {
    const known = this.find(identity);
    if (known) return known;
    const bytes = bytesOf(values);
    const { length } = bytes;
    const location = { location: WEIGHTS, offset: this.end, length };
    this.end += length + paddingAfter(length);
    this.descriptor ??= openSync(join(this.directory(), WEIGHTS), 'w+');
    for (let done = 0; done < length; ) {
      done += writeSync(this.descriptor, bytes, done, length - done, location.offset + done);
    }
    this.locations.set(identity, location);
    return location;
  }

  read({ offset, length }: ExternalLocation): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const count = readSync(this.descriptor!, bytes, done, length - done, offset + done);
      if (count === 0) throw new Error('The temporary file of weights was cut short.');
      done += count;
    }
    return bytes;
  }

  writeModel(bytes: Uint8Array): string {
    const path = join(this.directory(), `${this.modelCount++}.onnx`);
    writeFileSync(path, bytes);
    return path;
  }

  removeModel(path: string): void {
    rmSync(path, { force: true });
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
