import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { modelFolder } from '@llm-mde/models';
import { PAGE } from '../built-files.js';
import { ModelRegistry } from '../server/models.js';
import type { ModelDescription } from '../server/schemas.js';
import { type HalvedModel, halveModel } from './half-precision.js';
import { type StoredFile, serviceWorkerFor, storedFile } from './stored-files.js';

export interface StaticDemoOptions {
  /** A saved model, or a folder of saved models or training runs: those that run in a browser are taken. @default the model `tiny` */
  models?: string;
}

export interface StaticDemo {
  models: { id: string; bytes: number; halved: HalvedModel | undefined }[];
  /** Models that were left out, because their pretrained encoders are not on this machine. */
  leftOut: string[];
  /** Bytes that a browser stores at the first visit, to work offline after it. */
  storedBytes: number;
}

/**
 * The page without its server, for any host of static files and below any path: the built page, models, what a server would say of them, and a service
 * worker, with which the page works offline after the first visit. Weights are written as float16 where the depth of four photos stays within 0.5 %.
 * Opens a device if there are weights in float32.
 *
 * @param folder What lies there under the names of these files is replaced.
 * @throws if no model runs in a browser.
 */
export async function writeStaticDemo(folder: string, options: StaticDemoOptions = {}): Promise<StaticDemo> {
  const registry = await ModelRegistry.open(options.models ?? (await modelFolder('tiny'))!);
  const [usable, leftOut] = [true, false].map((inBrowser) =>
    registry.list().filter(({ runsInBrowser }) => runsInBrowser === inBrowser),
  ) as [ModelDescription[], ModelDescription[]];
  if (usable.length === 0) {
    throw new Error('No model runs in a browser: their pretrained encoders are not on this machine.');
  }
  await cp(PAGE, folder, { recursive: true });
  const models: ModelDescription[] = [];
  const written: StaticDemo['models'] = [];
  for (const model of usable) {
    const target = join(folder, 'models', model.id);
    for (const { path } of model.files) {
      const place = join(target, path);
      await mkdir(dirname(place), { recursive: true });
      await cp(registry.placeOf(model.id, path), place);
    }
    const halved = await halveModel(target, await photosOf(folder));
    const files = await Promise.all(
      model.files.map(async ({ path }) => ({ path, bytes: (await readFile(join(target, path))).length })),
    );
    models.push({ ...model, files });
    written.push({ id: model.id, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), halved });
  }
  // The page opens with the smallest.
  const bytesOf = ({ id }: { id: string }) => written.find((each) => each.id === id)!.bytes;
  models.sort((one, other) => bytesOf(one) - bytesOf(other));
  await mkdir(join(folder, 'api'), { recursive: true });
  // Without a device, the page knows that there is no server.
  await writeFile(join(folder, 'api/models'), JSON.stringify({ models, others: [], device: null }));
  await registry.dispose();
  const files = await filesToStore(folder, models);
  // Last, when all that it lists is there.
  await rm(join(folder, 'service-worker.js'), { force: true });
  await writeFile(join(folder, 'service-worker.js'), await serviceWorkerFor(files));
  return {
    models: written,
    leftOut: leftOut.map(({ id }) => id),
    storedBytes: files.reduce((sum, { bytes, atFirst }) => sum + (atFirst ? bytes : 0), 0),
  };
}

async function photosOf(folder: string): Promise<string[]> {
  const samples = join(folder, 'samples');
  return (await readdir(samples)).map((name) => join(samples, name));
}

/** The page with its first model at the first visit, files of other models once they are used. */
async function filesToStore(folder: string, models: readonly ModelDescription[]): Promise<StoredFile[]> {
  const ofPage = (await readdir(PAGE, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(PAGE, join(entry.parentPath, entry.name)).split(sep).join('/'));
  const ofModels = models.map(({ id, files }) => files.map(({ path }) => `models/${id}/${path}`));
  const [first = [], ...others] = ofModels;
  const atFirst = [...ofPage, 'api/models', ...first];
  return Promise.all([
    ...atFirst.map((path) => storedFile(folder, path, true)),
    ...others.flat().map((path) => storedFile(folder, path, false)),
  ]);
}
