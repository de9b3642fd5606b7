import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type Compiler,
  checkConfiguration,
  LlmMde,
  type LlmMdeConfiguration,
  MODEL_FILES,
  type ModelCard,
  modelCardText,
  readModelCard,
  towerFiles,
} from 'llm-mde';
import { HttpError } from './errors.js';
import { OtherModels } from './other-models.js';
import type { ModelDescription } from './schemas.js';

/** Folders of the checkpoints in a training run: such a model is named after its run. */
const CHECKPOINT_NAMES = ['best', 'last'];

interface Entry {
  folder: string;
  description: ModelDescription;
  /** Where each file of the description is. */
  places: ReadonlyMap<string, string>;
}

/** The models in a folder. The most recently used ones stay loaded. */
export class ModelRegistry {
  private readonly loaded = new Map<string, LlmMde>();

  private constructor(
    private readonly entries: Map<string, Entry>,
    private readonly options: { compiler?: Compiler; keep?: number },
    readonly others: OtherModels,
  ) {}

  /**
   * @param folder A saved model, or a folder of saved models or training runs.
   * @param options.keep How many models stay loaded. @default 2
   * @param options.others Depth models of others to compare with, which stay loaded: folders in transformers.js' layout or names on the hub. @default none
   * @throws if it contains no model, or one of others cannot be opened.
   */
  static async open(
    folder: string,
    { others = [], ...options }: { compiler?: Compiler; keep?: number; others?: readonly string[] } = {},
  ): Promise<ModelRegistry> {
    const entries = new Map<string, Entry>();
    for (const { id, path } of await findModels(resolve(folder))) {
      try {
        entries.set(id, await openEntry(id, path));
      } catch (error) {
        console.error(`Skipped the model ${id}: ${(error as Error).message}`);
      }
    }
    if (entries.size === 0) {
      throw new Error(`No saved model found in ${folder}: pass the folder of a model or of training runs.`);
    }
    return new ModelRegistry(entries, options, await OtherModels.open(others, [...entries.keys()]));
  }

  list(): ModelDescription[] {
    return [...this.entries.values()].map(({ description }) => description);
  }

  /**
   * @param id @default the id of the first model
   * @throws {HttpError} if no model has this id.
   */
  find(id = this.list()[0]!.id): ModelDescription {
    return this.entry(id).description;
  }

  /**
   * Loads a model and unloads the least recently used one if too many are loaded. Do not call this while a model computes.
   *
   * @throws {HttpError} if no model has this id, or it cannot be loaded; the reason is logged.
   */
  async load(id: string): Promise<LlmMde> {
    const { folder } = this.entry(id);
    const { keep = 2, ...options } = this.options;
    const model = this.loaded.get(id) ?? (await this.tryToLoad(id, folder, options));
    this.loaded.delete(id);
    this.loaded.set(id, model);
    if (this.loaded.size > keep) {
      const [oldest, old] = this.loaded.entries().next().value!;
      this.loaded.delete(oldest);
      await old.dispose();
    }
    return model;
  }

  /** Loads the first model that can be loaded, and removes those before it. @throws if there is none. */
  async loadFirst(): Promise<void> {
    for (const { id } of this.list()) {
      try {
        await this.load(id);
        return;
      } catch {
        this.entries.delete(id);
      }
    }
    throw new Error('No model could be loaded.');
  }

  private async tryToLoad(id: string, folder: string, options: { compiler?: Compiler }): Promise<LlmMde> {
    try {
      const model = await LlmMde.load(folder, options);
      // Its pretrained towers may have come from the hub only now.
      if (!this.find(id).runsInBrowser) this.entries.set(id, await openEntry(id, folder));
      return model;
    } catch (error) {
      console.error(`The model ${id} cannot be loaded: ${(error as Error).message}`);
      throw new HttpError(500, `The model ${id} cannot be loaded: the log of the server says why.`);
    }
  }

  /** Where a file of a model is. @throws {HttpError} if the file is not one of the model's. */
  placeOf(id: string, path: string): string {
    const place = this.entry(id).places.get(path);
    if (place === undefined) throw new HttpError(404, `Model ${id} has no file of this name.`);
    return place;
  }

  async dispose(): Promise<void> {
    for (const model of this.loaded.values()) await model.dispose();
    await this.others.dispose();
    this.loaded.clear();
  }

  private entry(id: string): Entry {
    const entry = this.entries.get(id);
    if (!entry) throw new HttpError(404, `Model not found: GET /api/models lists the available ones.`);
    return entry;
  }
}

async function findModels(folder: string): Promise<{ id: string; path: string }[]> {
  if (await isModel(folder)) {
    const name = basename(folder);
    return [{ id: CHECKPOINT_NAMES.includes(name) ? basename(dirname(folder)) : name, path: folder }];
  }
  const found: { id: string; path: string }[] = [];
  const names = await readdir(folder).catch(() => []);
  for (const name of names.sort()) {
    const paths = [join(folder, name), ...CHECKPOINT_NAMES.map((checkpoint) => join(folder, name, checkpoint))];
    for (const path of paths) {
      if (await isModel(path)) {
        found.push({ id: name, path });
        break;
      }
    }
  }
  return found;
}

async function isModel(folder: string): Promise<boolean> {
  const config = await readFile(join(folder, 'config.json'), 'utf8').catch(() => '');
  return /"model_type":\s*"llm-mde"/.test(config);
}

async function readConfig(folder: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  } catch {
    throw new Error('its config.json is not valid JSON.');
  }
}

async function openEntry(id: string, folder: string): Promise<Entry> {
  const { model_type, format_version, ...saved } = await readConfig(folder);
  const configuration = checkConfiguration(saved, 'config.json');
  const { prompt, maximumDepth, depthScale = 1, imageSize, reprogramming, vision, language } = configuration;
  const towers = await findTowers(folder, configuration);
  const places = new Map([...MODEL_FILES.map((path) => [path, join(folder, path)] as const), ...(towers ?? [])]);
  const files: ModelDescription['files'] = [];
  for (const [path, place] of places) {
    const found = await stat(place).catch(() => undefined);
    if (found?.isFile()) files.push({ path, bytes: found.size });
    else places.delete(path);
  }
  const description: ModelDescription = {
    id,
    promptStyle: prompt.style,
    maximumDepth: maximumDepth * depthScale,
    ...(await aboutModel(folder, configuration)),
    knowsCamera: configuration.camera !== undefined && configuration.camera !== null,
    imageSize,
    prototypeCount: reprogramming.prototypeCount,
    vision: vision.pretrained,
    language: language.pretrained,
    runsInBrowser: towers !== undefined,
    files,
  };
  return { folder, description, places };
}

/** The files of a model's pretrained towers; undefined where they are not all here. Why is said when the model is loaded, which brings them. */
function findTowers(folder: string, configuration: LlmMdeConfiguration): Promise<Map<string, string> | undefined> {
  return towerFiles(folder, configuration).catch(() => undefined);
}

async function aboutModel(
  folder: string,
  configuration: LlmMdeConfiguration,
): Promise<Pick<ModelDescription, 'about' | 'card'>> {
  const card = await readModelCard(folder);
  if (!card) return { about: null, card: null };
  const camera = configuration.camera
    ? 'Where neither the photo nor the request states the camera, a field of view of 60° along the longer side is assumed.'
    : 'It does not know the camera: its metres are for cameras like those it was trained with.';
  return {
    about: `${modelCardText(card, configuration)} ${camera}`,
    card: { trainedOn: card.trainedOn, typicalError: typicalError(card, configuration) },
  };
}

/** On photographs if it was measured there, which is what people open. */
function typicalError(
  { photographs, test }: ModelCard,
  { depthScale = 1 }: LlmMdeConfiguration,
): NonNullable<ModelDescription['card']>['typicalError'] {
  const measured = photographs ?? test;
  if (!measured || depthScale !== 1) return null;
  const { absRel, delta1, frames } = measured;
  return { absRel, delta1, frames, on: measured === photographs ? 'photographs' : 'test' };
}
