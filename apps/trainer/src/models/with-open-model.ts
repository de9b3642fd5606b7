import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type FileSource, folderFiles, openHubFolder, parseHubName, readJson } from '@llm-mde/checkpoints';
import { modelCardText, readModelCard } from 'llm-mde';
import { UsageError } from '../output/sentences.js';
import { findModel, modelDigest } from '../run/find-model.js';
import { type ModelOptions, withModel } from '../run/with-model.js';
import { type OpenModel, othersModel } from './predicting-model.js';

/**
 * Opens a model, our own or one of others in transformers.js' layout, and closes it after its use.
 *
 * @param reference A folder, a name of the hub, or another name that `findModel` knows. @default the model for photographs
 * @param options For our own; others' run in ONNX Runtime on the CPU, in float32.
 * @param onNote is told if another model is used than is asked for.
 */
export async function withOpenModel(
  reference: string | undefined,
  options: ModelOptions,
  use: (open: OpenModel) => Promise<void>,
  onNote?: (note: string) => void,
): Promise<void> {
  if (reference !== undefined && (await isOthers(reference))) {
    if (options.precision === 'int8')
      throw new UsageError(`--precision int8 is for models of LLM-MDE, and ${reference} is another.`);
    return withOthersModel(reference, use);
  }
  const folder = reference === undefined ? undefined : await findModel(reference);
  return withModel(
    folder,
    options,
    async (model, { name }, folder) => {
      const card = await readModelCard(folder);
      await use({
        model,
        unit: 'metre',
        name: folder,
        device: name,
        about: card && modelCardText(card, model.configuration),
        isOthers: false,
        digest: () => modelDigest(folder),
      });
    },
    onNote,
  );
}

async function withOthersModel(reference: string, use: (open: OpenModel) => Promise<void>): Promise<void> {
  // Loaded where it is used: it brings transformers.js.
  const { TransformersDepthModel } = await import('@llm-mde/teachers');
  const model = await TransformersDepthModel.load(reference);
  await use(othersModel(model)).finally(() => model.dispose());
}

/**
 * Whether a reference names a model of others: a folder with an ONNX graph, or a repository of the hub, whose configuration is not LLM-MDE's.
 *
 * @throws {PretrainedError} if it can only be a repository, which cannot be read.
 */
export async function isOthers(reference: string): Promise<boolean> {
  const files = await filesOf(reference);
  return files !== undefined && Object(await readJson(files, 'config.json')).model_type !== 'llm-mde';
}

async function filesOf(reference: string): Promise<FileSource | undefined> {
  if (existsSync(reference)) return existsSync(join(reference, 'onnx')) ? folderFiles(reference) : undefined;
  if (!parseHubName(reference)) return undefined;
  return openHubFolder(reference, { wanted: (path) => path === 'config.json' });
}
