import { CHECKSUMS_FILE, type HubTarget, listedFiles, type UploadContent, verifiedFiles } from '@llm-mde/checkpoints';
import { licenseOf, proseOf, README_FILE } from '../card/readme.js';

/** What the hub makes of a repository that is new, and what says nothing of what it is for. */
const INDIFFERENT = /^(?:\.gitattributes|README\.md|LICENSE.*)$/;

/** @throws Error if the repository holds anything but a model of llm-mde. */
export async function checkRepository(target: HubTarget): Promise<void> {
  const files = [...(target.files ?? [])].filter((file) => !INDIFFERENT.test(file));
  if (files.length === 0) return;
  const type = await modelType(target);
  if (type === 'llm-mde') return;
  const found = type === undefined ? `files such as ${files[0]}` : `a model of the type "${type}"`;
  throw new Error(`${target.url} already holds ${found}, which llm-mde did not push: choose another name.`);
}

async function modelType(target: HubTarget): Promise<string | undefined> {
  const content = await target.read('config.json');
  if (!content) return undefined;
  try {
    return String(JSON.parse(new TextDecoder().decode(content))?.model_type);
  } catch {
    return undefined;
  }
}

/** The page that the repository has: the license that it names, and whether somebody wrote in it since it was pushed. */
export async function publishedPage(target: HubTarget): Promise<{ license?: string | undefined; isEdited: boolean }> {
  const content = await target.read(README_FILE);
  if (!content) return { isEdited: false };
  const text = new TextDecoder().decode(content);
  const license = licenseOf(text);
  // The hub itself writes a page with a license and nothing else.
  if (!target.files?.has(CHECKSUMS_FILE)) return { license, isEdited: proseOf(text) !== '' };
  const isAsPushed = await (await verifiedFiles(target)).read(README_FILE).then(
    () => true,
    () => false,
  );
  return { license, isEdited: !isAsPushed };
}

/** What an earlier push brought that is no part of the model any more. Files that others put there stay. */
export async function staleFiles(target: HubTarget, files: ReadonlyMap<string, UploadContent>): Promise<string[]> {
  const sums = await target.read(CHECKSUMS_FILE);
  if (!sums) return [];
  return listedFiles(sums, `${CHECKSUMS_FILE} of ${target.url}`).filter(
    (file) => file !== README_FILE && !files.has(file),
  );
}
