import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const fixture = (path: string) => fileURLToPath(new URL(`../../../../packages/${path}`, import.meta.url));

export interface PretrainedModel {
  /** Folder of one model, `real`, whose `config.json` names its pretrained towers as repositories on the hub. */
  models: string;
  /** Copies of these repositories, as in the folder that LLM_MDE_TOWERS names. */
  towers: string;
  remove(): Promise<void>;
}

/** Saves the small model that PyTorch wrote, apart from its towers. */
export async function savePretrainedModel(): Promise<PretrainedModel> {
  const folder = await mkdtemp(join(tmpdir(), 'llm-mde-demo-towers-'));
  const [models, towers] = [join(folder, 'models'), join(folder, 'towers')];
  await mkdir(models);
  await cp(fixture('llm-mde/fixtures/tiny-model'), join(models, 'real'), { recursive: true });
  const path = join(models, 'real', 'config.json');
  const configuration = JSON.parse(await readFile(path, 'utf8'));
  // The tiny BERT reads 64 tokens, fewer than a prompt has in its small vocabulary.
  configuration.prompt.style = 'none';
  for (const [tower, place] of [
    ['vision', 'vision-encoder/fixtures/tiny-vit'],
    ['language', 'language-model/fixtures/tiny-bert'],
  ]) {
    configuration[tower!].pretrained = `nobody/${tower}`;
    await cp(fixture(place!), join(towers, tower!), { recursive: true });
  }
  await writeFile(path, JSON.stringify(configuration));
  return { models, towers, remove: () => rm(folder, { recursive: true, force: true }) };
}
