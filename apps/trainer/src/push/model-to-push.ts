import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  CHECKSUMS_FILE,
  encodeChecksums,
  type FileSource,
  folderFiles,
  parseHubName,
  type UploadContent,
  verifiedFiles,
} from '@llm-mde/checkpoints';
import { checkConfiguration, type LlmMdeConfiguration, MODEL_CARD_FILE, modelPaths, readModelCard } from 'llm-mde';
import { completeReadme, licenseOf, modelReadme, README_FILE, UNKNOWN_LICENSE } from '../card/readme.js';
import { readJson } from '../config/json-file.js';
import { onnxToPush } from './onnx-to-push.js';

export interface ModelToPushOptions {
  onnx: string | undefined;
  license: string | undefined;
  /** The license that the repository names so far. */
  publishedLicense: string | undefined;
  /** Whether the page is to be pushed too. */
  withReadme: boolean;
}

/**
 * The files of a saved model as they are pushed, compared with their checksums: the model itself, its card and page, and the ONNX file if there is
 * one. Nothing else that lies in the folder is taken.
 *
 * @throws Error if a file is missing or damaged, or if the model needs a tower that only this machine has.
 */
export async function modelToPush(
  folder: string,
  repository: string,
  { onnx, license: chosen, publishedLicense, withReadme }: ModelToPushOptions,
): Promise<{ files: Map<string, UploadContent>; license: string }> {
  const configuration = await readConfiguration(folder);
  refuseLocalTowers(configuration);
  const own = folderFiles(folder);
  const verified = await verifiedFiles(own);
  const files = new Map<string, UploadContent>();
  for (const path of modelPaths(configuration)) {
    const content = await verified.read(path);
    if (!content) throw new Error(`The model in ${folder} is incomplete: ${path} is missing.`);
    files.set(path, content);
  }
  // One that was added by hand is listed nowhere.
  const card = await readModelCard(folder);
  const cardFile = card && (await own.read(MODEL_CARD_FILE));
  if (cardFile) files.set(MODEL_CARD_FILE, cardFile);
  const exported = onnx === undefined ? undefined : await onnxToPush(onnx, folder, configuration);
  for (const [path, file] of exported?.files ?? []) files.set(path, file);

  const edited = await editedReadme(own, verified);
  const stated = [chosen, edited && licenseOf(edited), publishedLicense].find(
    (license) => license !== undefined && license !== UNKNOWN_LICENSE,
  );
  const license = stated ?? UNKNOWN_LICENSE;
  const readme =
    edited === undefined
      ? modelReadme({ card, configuration, repository, license, onnx: exported?.kind })
      : completeReadme(edited, repository, license);
  files.set(README_FILE, new TextEncoder().encode(readme));
  files.set(CHECKSUMS_FILE, await encodeChecksums(files));
  if (!withReadme) files.delete(README_FILE);
  return { files, license };
}

async function readConfiguration(folder: string): Promise<LlmMdeConfiguration> {
  const file = join(folder, 'config.json');
  const { model_type, format_version, ...configuration } = (await readJson(file)) as Record<string, unknown>;
  if (model_type === 'llm-mde') return checkConfiguration(configuration, file);
  throw new Error(`${folder} is not a model of llm-mde: "model_type" in its config.json is "${model_type}".`);
}

/** Others could not load it. */
function refuseLocalTowers({ vision, language }: LlmMdeConfiguration): void {
  for (const [tower, { pretrained, revision }] of Object.entries({ vision, language })) {
    if (pretrained === null) continue;
    // A folder comes before a repository of its name; what came from the hub has its commit with it.
    if (parseHubName(pretrained) && (revision !== undefined || !existsSync(pretrained))) continue;
    throw new Error(
      `The model's ${tower} tower, ${pretrained}, is a folder of this machine, which others do not have: push the tower to the hub, train with it by its name there, and push that model.`,
    );
  }
}

/** The page in the model's folder, if somebody wrote in it since training did. */
async function editedReadme(own: FileSource, verified: FileSource): Promise<string | undefined> {
  const content = await own.read(README_FILE);
  if (!content) return undefined;
  const isAsWritten =
    (await own.read(CHECKSUMS_FILE)) !== undefined &&
    (await verified.read(README_FILE).then(
      () => true,
      () => false,
    ));
  return isAsWritten ? undefined : new TextDecoder().decode(content);
}
