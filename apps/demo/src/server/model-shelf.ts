import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Compiler, LlmMde } from 'llm-mde';
import { Refusal } from './refusal.js';

/** Everything that a saved model may consist of: no other file is ever served. */
const MODEL_FILES = [
  'config.json',
  'model.safetensors',
  'vision.safetensors',
  'language.safetensors',
  'vision_adapter/adapter_config.json',
  'vision_adapter/adapter_model.safetensors',
  'language_adapter/adapter_config.json',
  'language_adapter/adapter_model.safetensors',
] as const;

/** Folders in which a training run keeps its checkpoints: such a model is called as the run is. */
const CHECKPOINT_NAMES = ['best', 'last'];

export interface ModelDescription {
  id: string;
  /** Which prompt it was trained with. */
  promptStyle: string;
  /** Metres. */
  maximumDepth: number;
  /** Pixels on each side of what the model looks at. */
  imageSize: number;
  /** Names of the pretrained towers, or null for towers of its own. */
  vision: string | null;
  language: string | null;
  /** A browser can load it from this server alone: no pretrained tower has to come from elsewhere. */
  runsInBrowser: boolean;
  files: { path: string; bytes: number }[];
}

interface ShelfEntry {
  folder: string;
  description: ModelDescription;
}

/** The models below the folder that was named at start, of which the last few used are loaded. */
export class ModelShelf {
  private readonly loaded = new Map<string, Promise<LlmMde>>();

  private constructor(
    private readonly entries: ReadonlyMap<string, ShelfEntry>,
    private readonly options: { compiler?: Compiler; keep?: number },
  ) {}

  /**
   * @param folder A saved model, or a folder of saved models or training runs.
   * @param options.keep How many models stay loaded. @default 2
   * @throws if there is no model.
   */
  static async open(folder: string, options: { compiler?: Compiler; keep?: number } = {}): Promise<ModelShelf> {
    const entries = new Map<string, ShelfEntry>();
    for (const { id, path } of await findModels(resolve(folder))) {
      entries.set(id, { folder: path, description: await describe(id, path) });
    }
    if (entries.size === 0) {
      throw new Error(`There is no saved model in ${folder}: name the folder of one, or a folder of training runs.`);
    }
    return new ModelShelf(entries, options);
  }

  list(): ModelDescription[] {
    return [...this.entries.values()].map(({ description }) => description);
  }

  /**
   * @param id @default the first model's
   * @throws {Refusal} if there is no such model.
   */
  find(id = this.list()[0]!.id): ModelDescription {
    return this.entry(id).description;
  }

  /** A loaded model; the one that was not used for longest makes room. Not to be called while another call computes. */
  async use(id: string): Promise<LlmMde> {
    const { folder } = this.entry(id);
    const { keep = 2, ...options } = this.options;
    const model = this.loaded.get(id) ?? LlmMde.load(folder, options);
    this.loaded.delete(id);
    this.loaded.set(id, model);
    if (this.loaded.size > keep) {
      const [oldest, old] = this.loaded.entries().next().value!;
      this.loaded.delete(oldest);
      (await old).dispose();
    }
    model.catch(() => this.loaded.delete(id));
    return model;
  }

  /** The folder of a model that has this file. @throws {Refusal} for any file that is none of the model's own. */
  folderOf(id: string, path: string): string {
    const { folder, description } = this.entry(id);
    if (!description.files.some((file) => file.path === path)) {
      throw new Refusal(404, `The model ${id} has no such file.`);
    }
    return folder;
  }

  async dispose(): Promise<void> {
    for (const model of this.loaded.values()) (await model).dispose();
    this.loaded.clear();
  }

  private entry(id: string): ShelfEntry {
    const entry = this.entries.get(id);
    if (!entry) throw new Refusal(404, `There is no such model: GET /api/models lists those that there are.`);
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

async function describe(id: string, folder: string): Promise<ModelDescription> {
  const { prompt, maximumDepth, imageSize, vision, language } = JSON.parse(
    await readFile(join(folder, 'config.json'), 'utf8'),
  );
  const sizes = await Promise.all(
    MODEL_FILES.map(async (path) => {
      const found = await stat(join(folder, path)).catch(() => undefined);
      return found?.isFile() ? [{ path, bytes: found.size }] : [];
    }),
  );
  return {
    id,
    promptStyle: prompt.style,
    maximumDepth,
    imageSize,
    vision: vision.pretrained,
    language: language.pretrained,
    runsInBrowser: vision.pretrained === null && language.pretrained === null,
    files: sizes.flat(),
  };
}
