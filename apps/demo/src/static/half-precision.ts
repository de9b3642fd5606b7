import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CHECKSUMS_FILE, encodeChecksums, encodeSafetensors, SafetensorsFile } from '@llm-mde/checkpoints';
import { LlmMde, MODEL_FILES } from 'llm-mde';

export interface HalvedModel {
  /** Whether the model now has weights in float16; otherwise its depth changed by too much. */
  accepted: boolean;
  /** Mean change of the depth of the photos, as a share of it. */
  change: number;
}

/**
 * Writes the float32 weights of a saved model, and of the pretrained encoders beside it, as float16, if that leaves its depth as it is.
 *
 * @param folder Of the model, whose files are replaced.
 * @param photos To measure the change of depth by.
 * @param tolerance How much the depth may change in the mean, as a share of it.
 * @returns undefined if no weight is float32.
 */
export async function halveModel(
  folder: string,
  photos: readonly string[],
  tolerance = 0.005,
): Promise<HalvedModel | undefined> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.safetensors'));
  const halves = new Map<string, Uint8Array>();
  for (const name of names) {
    const halved = await halveFile(join(folder, name));
    if (halved) halves.set(name, halved);
  }
  if (halves.size === 0) return undefined;
  const before = await depthsOf(folder, photos);
  const kept = await mkdtemp(`${folder}-float32-`);
  const originals = [...halves.keys(), CHECKSUMS_FILE];
  const placeOf = (name: string) => join(kept, name.replaceAll(/[\\/]/g, '+'));
  for (const name of originals) await rename(join(folder, name), placeOf(name)).catch(ignoreAbsence);
  for (const [name, content] of halves) await writeFile(join(folder, name), content);
  await writeFile(join(folder, CHECKSUMS_FILE), await checksumsOf(folder));
  const change = meanChange(before, await depthsOf(folder, photos));
  const accepted = change <= tolerance;
  if (!accepted) {
    await rm(join(folder, CHECKSUMS_FILE));
    for (const name of originals) await rename(placeOf(name), join(folder, name)).catch(ignoreAbsence);
  }
  await rm(kept, { recursive: true });
  return { accepted, change };
}

/** The file with its float32 tensors as float16; undefined if it has none, or one that does not fit. */
async function halveFile(path: string): Promise<Uint8Array | undefined> {
  const file = await SafetensorsFile.open(path);
  try {
    const all = [...file.tensors];
    if (!all.some(([, { dtype }]) => dtype === 'F32')) return undefined;
    const tensors = await Promise.all(
      all.map(async ([name, { dtype, shape }]) => {
        if (dtype === 'F32') return [name, { shape, data: await file.read(name), dataType: 'F16' as const }] as const;
        const { buffer } = await file.readBytes(name);
        if (dtype === 'I64') return [name, { shape, data: new BigInt64Array(buffer) }] as const;
        return [name, { shape, data: await file.read(name), ...(dtype === 'F16' && { dataType: dtype }) }] as const;
      }),
    );
    return encodeSafetensors(tensors, { metadata: { format: 'pt', ...file.metadata } });
  } finally {
    await file.close();
  }
}

/** Of the model's own files: what lies beside them is not listed. */
async function checksumsOf(folder: string): Promise<Uint8Array> {
  const listed = new Map<string, Uint8Array>();
  for (const name of MODEL_FILES) {
    const content = name === CHECKSUMS_FILE ? undefined : await readFile(join(folder, name)).catch(ignoreAbsence);
    if (content) listed.set(name, content);
  }
  return encodeChecksums(listed);
}

async function depthsOf(folder: string, photos: readonly string[]): Promise<Float32Array[]> {
  const model = await LlmMde.load(folder);
  try {
    return (await model.predict(photos)).map(({ depth }) => depth);
  } catch (error) {
    throw new Error(`The model ${basename(folder)} does not predict: ${(error as Error).message}`, { cause: error });
  } finally {
    await model.dispose();
  }
}

function meanChange(before: readonly Float32Array[], after: readonly Float32Array[]): number {
  const changes = before.map((depth, photo) => {
    const sum = depth.reduce((total, metres, pixel) => total + Math.abs(after[photo]![pixel]! / metres - 1), 0);
    return sum / depth.length;
  });
  return changes.reduce((sum, change) => sum + change, 0) / changes.length;
}

function ignoreAbsence(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
