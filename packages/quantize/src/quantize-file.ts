import { type ByteSource, openFileSource, replaceFile } from '@llm-mde/checkpoints';
import { QuantizeError } from './error.js';
import type { Content } from './format/content.js';
import type { ModelFile } from './format/lay-out.js';
import type { ExternalReader } from './format/tensor.js';
import type { Mode, QuantizeOptions } from './modes.js';
import { CONFIG_FILE, quantizeConfig } from './quantize-config.js';
import { fileOfMode, rewrite } from './quantize-model.js';

export interface QuantizeFileOptions extends QuantizeOptions {
  readonly modes: readonly Mode[];
  /** The folder to write to. @default that of the model */
  readonly output?: string;
  /**
   * Put weights into `<file>_data`, `<file>_data_1` and so on, each below 2 GB.
   * @default only where the model would be larger than 2 GB
   */
  readonly externalData?: boolean;
  /** Replace files that exist. @default false */
  readonly overwrite?: boolean;
  /** Called while a file is written. */
  readonly onProgress?: (progress: QuantizeProgress) => void;
}

export interface QuantizeProgress {
  readonly mode: Mode;
  readonly bytesWritten: number;
  readonly bytes: number;
}

export interface QuantizedFile {
  readonly mode: Mode;
  /** The path of the model. */
  readonly path: string;
  /** Of the model and its weights. */
  readonly bytes: number;
}

/**
 * Writes an ONNX file in other precisions beside it, under the names that transformers.js looks for, with `quantize_config.json`. Weights are read
 * and written one by one, so memory holds a few times the largest of them. Files appear whole or not at all. Node only.
 *
 * @throws {QuantizeError} if the model is damaged, no ONNX model, has nothing to quantize, or a file exists and must not be replaced.
 */
export async function quantizeFile(model: string, options: QuantizeFileOptions): Promise<QuantizedFile[]> {
  const { basename, dirname, join, resolve } = await import('node:path');
  const { existsSync } = await import('node:fs');
  const { modes, output = dirname(model), externalData, overwrite = false, onProgress, ...quantization } = options;
  const [name, folder] = [basename(model), dirname(model)];
  const config = await quantizeConfig(join(output, CONFIG_FILE), modes, quantization, overwrite);
  const source = await openModel(model);
  const beside = new FilesBeside(folder, name);
  const results: QuantizedFile[] = [];
  try {
    const files = new Map<Mode, ModelFile[]>();
    for (const mode of modes) {
      const layout = { name: fileOfMode(name, mode), externalData };
      files.set(mode, await rewrite(source, name, await beside.reader(), mode, quantization, layout));
    }
    const inputs = [model, ...beside.paths].map((path) => resolve(path));
    for (const { name } of [...files.values()].flat()) {
      const path = join(output, name);
      if (inputs.includes(resolve(path))) throw new QuantizeError(`${path} is read, so it cannot be written.`);
      if (existsSync(path) && !overwrite) {
        throw new QuantizeError(
          `${path} already exists: replace it with overwrite (--overwrite), or choose another output.`,
        );
      }
    }
    for (const [mode, list] of files) {
      const bytes = list.reduce((sum, { length }) => sum + length, 0);
      let bytesWritten = 0;
      for (const file of list) {
        await writeFile(join(output, file.name), file, (count) => {
          bytesWritten += count;
          onProgress?.({ mode, bytesWritten, bytes });
        });
      }
      results.push({ mode, path: join(output, fileOfMode(name, mode)), bytes });
    }
    await replaceFile(join(output, CONFIG_FILE), config);
  } finally {
    await source.close();
    await beside.close();
  }
  return results;
}

async function openModel(path: string): Promise<ByteSource> {
  try {
    return await openFileSource(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new QuantizeError(
      missing ? `There is no ${path}.` : `${path} cannot be opened: ${(error as Error).message}.`,
    );
  }
}

async function writeFile(path: string, file: ModelFile, onWritten: (count: number) => void): Promise<void> {
  const { open } = await import('node:fs/promises');
  await replaceFile(path, async (temporary) => {
    const handle = await open(temporary, 'wx');
    try {
      for await (const chunk of file.chunks()) {
        await handle.writeFile(chunk);
        onWritten(chunk.length);
      }
    } finally {
      await handle.close();
    }
  });
}

/** The files with a model's weights, in its folder. */
class FilesBeside {
  private readonly opened = new Map<string, Promise<ByteSource>>();
  readonly paths = new Set<string>();

  constructor(
    private readonly folder: string,
    private readonly model: string,
  ) {}

  async reader(): Promise<ExternalReader> {
    const { statSync } = await import('node:fs');
    const { isAbsolute, join, normalize } = await import('node:path');
    return (location, offset, wanted) => {
      if (isAbsolute(location) || normalize(location).startsWith('..')) {
        throw new QuantizeError(`${this.model} keeps weights in ${location}, outside its folder: move them into it.`);
      }
      const path = join(this.folder, location);
      const status = statSync(path, { throwIfNoEntry: false });
      if (!status) throw new QuantizeError(`${this.model} keeps its weights in ${location}, which is not beside it.`);
      const length = wanted ?? status.size - offset;
      if (offset + length > status.size) {
        throw new QuantizeError(
          `${location} is truncated: ${this.model} has a weight that ends at byte ${offset + length}, but it has ${status.size}. Download or copy it again.`,
        );
      }
      this.paths.add(path);
      return this.content(path, location, offset, length);
    };
  }

  async close(): Promise<void> {
    for (const source of this.opened.values()) await (await source).close();
  }

  private content(path: string, location: string, offset: number, length: number): Content {
    return {
      length,
      read: async () => {
        const source = this.opened.get(path) ?? openFileSource(path);
        this.opened.set(path, source);
        const bytes = await (await source).read(offset, length);
        if (bytes.length !== length) throw new QuantizeError(`${location} became shorter while it was read.`);
        return bytes;
      },
    };
  }
}
