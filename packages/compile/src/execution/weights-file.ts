import { mkdtempSync, openSync, readdirSync, readSync, rmdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompileError } from '../errors.js';
import type { ExternalLocation, TypedArray } from '../graph/value.js';
import { bytesOf, paddingAfter } from '../onnx/external-data.js';
import type { WeightsFile } from './platform.js';

const WEIGHTS = 'weights';
/** With the name of the machine: containers may share a temporary folder, but no process numbers. */
const PREFIX = `llm-mde-compile-${hostname().replace(/[^\w-]/g, '')}-`;

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
    inTemporaryFolder(() => {
      this.descriptor ??= openSync(join(this.directory(), WEIGHTS), 'w+');
      for (let done = 0; done < length; ) {
        done += writeSync(this.descriptor, bytes, done, length - done, location.offset + done);
      }
    });
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
    return inTemporaryFolder(() => {
      const path = join(this.directory(), `${this.modelCount++}.onnx`);
      writeFileSync(path, bytes);
      return path;
    });
  }

  removeModel(path: string): void {
    rmSync(path, { force: true });
  }

  private directory(): string {
    if (this.folder === undefined) {
      removeAbandoned();
      const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
      process.on('exit', () => removeFolder(folder));
      this.folder = folder;
    }
    return this.folder;
  }
}

function inTemporaryFolder<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    const variable = process.platform === 'win32' ? 'TEMP' : 'TMPDIR';
    throw new CompileError(
      `Weights could not be written to the temporary folder ${tmpdir()} (${(error as Error).message}): free space there, or let the ` +
        `environment variable ${variable} name another folder.`,
      { cause: error },
    );
  }
}

/** Removes what processes left behind that exist no longer: the files that this class makes, and their folder if nothing else is in it. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const [, processId] = /^(\d+)-\w{6}$/.exec(name.slice(PREFIX.length)) ?? [];
    if (processId !== undefined && !isRunning(Number(processId))) removeFolder(join(tmpdir(), name));
  }
}

function removeFolder(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      if (name === WEIGHTS || /^\d+\.onnx$/.test(name)) rmSync(join(folder, name), { force: true });
    }
    rmdirSync(folder);
  } catch {
    // Another user's, or another process is at it.
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
