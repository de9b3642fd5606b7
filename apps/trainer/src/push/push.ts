import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type HubTarget, openHubTarget, parseHubName } from '@llm-mde/checkpoints';
import { UNKNOWN_LICENSE } from '../card/readme.js';
import { progressBar } from '../output/progress.js';
import { plural, UsageError } from '../output/sentences.js';
import { findModel } from '../run/find-model.js';
import { isLocked } from '../run/lock.js';
import { isFinished, runFolder } from '../run/run-folder.js';
import { modelToPush } from './model-to-push.js';
import { checkRepository, publishedPage, staleFiles } from './published-model.js';

export interface PushFlags {
  /** The folder that `llm-mde export --to onnx` wrote of this model. */
  onnx?: string;
  /** As the hub abbreviates it. @default what the model's page says, here or on the hub */
  license?: string;
  private?: true;
  json?: true;
}

/** Pushes a model to the Hugging Face hub, and says how it is loaded from there. */
export async function push(repository: string, model: string | undefined, flags: PushFlags): Promise<void> {
  const folder = await findModel(model ?? onlyRun());
  await refuseUnfinished(folder);
  const target = await openRepository(repository);
  const page = await publishedPage(target);
  const { files, license } = await modelToPush(folder, repository, {
    onnx: flags.onnx,
    license: flags.license,
    publishedLicense: page.license,
    withReadme: !page.isEdited,
  });
  const progress = progressBar();
  const { commit, changed, removed } = await target
    .push(files, {
      title: 'Upload a model of llm-mde',
      removed: await staleFiles(target, files),
      isPrivate: flags.private,
      onProgress: ({ file, uploadedBytes, totalBytes }) =>
        progress.show('uploading', megabytes(uploadedBytes), megabytes(totalBytes), `MB  ${file}`),
    })
    .finally(progress.end);
  if (page.isEdited) {
    console.error(
      `llm-mde: README.md was edited at ${target.url}, so it stays as it is there; delete it there to get the model's new one by the next push.`,
    );
  }
  if (license === UNKNOWN_LICENSE) {
    console.error(
      'llm-mde: the model has no license yet, without which others may hardly use it: push again with --license, such as --license mit.',
    );
  }
  if (flags.json) console.log(JSON.stringify({ event: 'pushed', url: target.url, commit, changed, removed }));
  else console.log(pushedText(target, folder, commit, changed, removed));
}

/**
 * Notices before hours of training what would keep its model from being pushed.
 *
 * @throws Error without an access token that the hub knows, or if the repository holds something else.
 */
export async function checkPush(repository: string): Promise<void> {
  await openRepository(repository);
}

async function openRepository(name: string): Promise<HubTarget> {
  const parsed = parseHubName(name);
  if (!parsed || parsed.revision !== undefined) {
    throw new UsageError(
      `${name} is not the name of a repository on the hub: give your account's or organization's name there and the model's, such as anna/my-rooms.`,
    );
  }
  const target = await openHubTarget(name);
  await checkRepository(target);
  return target;
}

/** Where no model is named. */
function onlyRun(): string {
  const runs = (existsSync('runs') ? readdirSync('runs') : [])
    .map((name) => join('runs', name))
    .filter((path) => isFinished(runFolder(path)));
  const [first] = runs;
  if (runs.length === 1) return first!;
  throw new UsageError(
    first === undefined
      ? 'Name the model too, after the repository: the folder of a run or of a saved model.'
      : `Name the model too, after the repository: runs holds ${plural(runs.length, 'finished run')}, such as ${first}.`,
  );
}

async function refuseUnfinished(folder: string): Promise<void> {
  const run = runFolder(dirname(folder));
  if (basename(folder) !== basename(run.best) || !(await isLocked(run.lock))) return;
  throw new Error(`${folder} is being trained: push it when its run has ended.`);
}

function pushedText(
  { name, url }: HubTarget,
  folder: string,
  commit: string,
  changed: readonly string[],
  removed: readonly string[],
): string {
  const load = `Load it with llm-mde predict ${name} photo.jpg.`;
  if (changed.length + removed.length === 0) {
    return `${url} holds the model of ${folder} already, at commit ${commit}. ${load}`;
  }
  const what = [
    changed.length > 0 && plural(changed.length, 'file'),
    removed.length > 0 && `removed ${plural(removed.length, 'file')} of the model before`,
  ];
  return `Pushed ${what.filter(Boolean).join(', ')}, from ${folder} to ${url} at commit ${commit}. ${load}`;
}

function megabytes(bytes: number): number {
  return Number((bytes / 1e6).toFixed(1));
}
