import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSafetensors, finalPath, replaceFile, SafetensorsFile } from '@llm-mde/checkpoints';
import type { VisionFeatures } from 'llm-mde';

/** How full a cache is. */
export interface CacheProgress {
  /** Those whose features are kept, each variant of a frame by itself. */
  frames: number;
  total: number;
  bytes: number;
}

export interface FeatureFilesOptions {
  /** What the features are of, 16 hexadecimal digits: those of another key are removed. */
  key: string;
  /** Size that the files do not exceed together. */
  maxBytes: number;
  /** Is told of a file whose content is not what was written. */
  onDamaged?: (path: string) => void;
}

/**
 * Features as files of a folder, rounded to float16. Each is a safetensors file with the tensor `features`, [L,rows,columns,Dv], followed by the SHA-256 of
 * that; it is written under another name and renamed, so that a kill leaves it whole or not at all.
 */
export class FeatureFiles {
  private constructor(
    private readonly folder: string,
    private readonly options: FeatureFilesOptions,
    /** Bytes of each file, by what it is named after. */
    private readonly sizes: Map<string, number>,
  ) {}

  /** Opens or makes the folder, and removes what belongs to another key and what a killed program left unfinished. Other files stay. */
  static async open(folder: string, options: FeatureFilesOptions): Promise<FeatureFiles> {
    await mkdir(folder, { recursive: true });
    const sizes = new Map<string, number>();
    for (const name of await readdir(folder)) {
      const [, key, image] = OWN.exec(finalPath(name)) ?? [];
      if (key === undefined || image === undefined) continue;
      if (key === options.key && name === finalPath(name)) sizes.set(image, (await stat(join(folder, name))).size);
      else await rm(join(folder, name));
    }
    return new FeatureFiles(folder, options, sizes);
  }

  /** Removes the files that this class wrote, and the folder unless there are others. */
  static async remove(folder: string): Promise<void> {
    const names = await readdir(folder).catch(() => undefined);
    if (!names) return;
    const own = names.filter((name) => OWN.test(finalPath(name)));
    for (const name of own) await rm(join(folder, name));
    if (own.length === names.length) await rmdir(folder);
  }

  get count(): number {
    return this.sizes.size;
  }

  /** Of all files together. */
  get bytes(): number {
    return [...this.sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  /**
   * @param image Names the features, 32 hexadecimal digits.
   * @returns undefined if there are none, or they are damaged.
   */
  async read(image: string): Promise<VisionFeatures | undefined> {
    if (!this.sizes.has(image)) return undefined;
    const content = await readFile(this.path(image)).catch(() => undefined);
    const data = content?.subarray(0, -CHECKSUM_BYTES);
    if (content && data && sha256(data).equals(content.subarray(-CHECKSUM_BYTES))) return decode(data);
    this.sizes.delete(image);
    this.options.onDamaged?.(this.path(image));
    return undefined;
  }

  /**
   * Writes features, unless they do not fit any more.
   *
   * @returns them as `read` will give them.
   */
  async write(image: string, features: VisionFeatures): Promise<VisionFeatures> {
    const data = encodeSafetensors([['features', { ...features, dataType: 'F16' }]]);
    const size = data.length + CHECKSUM_BYTES;
    if (this.bytes + size <= this.options.maxBytes) {
      await replaceFile(this.path(image), [data, sha256(data)]);
      this.sizes.set(image, size);
    }
    return decode(data);
  }

  private path(image: string): string {
    return join(this.folder, `${this.options.key}-${image}.features`);
  }
}

/** Key and image. */
const OWN = /^([0-9a-f]{16})-([0-9a-f]{32})\.features$/;
const CHECKSUM_BYTES = 32;

function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

async function decode(bytes: Uint8Array): Promise<VisionFeatures> {
  const file = await SafetensorsFile.fromBytes(bytes);
  const shape = file.tensors.get('features')!.shape as [number, number, number, number];
  return { data: (await file.read('features')) as Float32Array, shape };
}
