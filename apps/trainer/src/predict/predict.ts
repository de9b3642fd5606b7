import { mkdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DeviceName } from '@llm-mde/backend';
import { isOthers, withOpenModel } from '../models/with-open-model.js';
import { progressBar } from '../output/progress.js';
import { plural, UsageError, writing } from '../output/sentences.js';
import { redisQueue } from '../queue/redis-queue.js';
import { findModel, isModel, nameEverywhere } from '../run/find-model.js';
import { inBatches, type Shard, shardFromEnvironment, shardOf } from '../run/shard.js';
import { cameraSentence } from './camera.js';
import { findInputs, isImageName, isImages } from './find-inputs.js';
import { predictByWorkers } from './predict-by-workers.js';
import { type PredictFilesOptions, predictFiles } from './predict-files.js';
import type { PredictDone, PredictWork } from './predict-work.js';
import { defaultFormats, refusedFormat, removeLeftBehind } from './result-files.js';
import { watchImages } from './watch-images.js';

export interface PredictFlags
  extends Omit<
    PredictFilesOptions,
    'model' | 'unit' | 'digest' | 'batches' | 'format' | 'check' | 'onNote' | 'onAttention' | 'onImage'
  > {
  /** Instead of the first path. */
  model?: string;
  /** @default `defaultFormats` of the model's unit */
  format?: PredictFilesOptions['format'];
  shard?: Shard;
  device: DeviceName | 'auto';
  /** Go on with images that appear in the named folders. */
  watch?: boolean;
  /** The address of the queue whose workers predict. @default this process does */
  queue?: string;
  /** Images of a job of the queue. */
  jobSize: number;
}

/** Predicts the named images and writes their results. */
export async function predict(paths: readonly string[], { model: given, ...flags }: PredictFlags): Promise<void> {
  const { reference, checkpoint, named } =
    given === undefined
      ? await modelAndImages(paths, flags.watch)
      : { reference: given, checkpoint: given, named: paths };
  if (flags.queue !== undefined) checkQueueFlags(named, flags);
  const shard = flags.shard ?? (flags.queue === undefined ? shardFromEnvironment() : { index: 0, count: 1 });
  const folders = flags.watch ? await watchedFolders(named, shard) : [];
  const inputs = await findInputs(named, flags.out, { mayBeEmpty: folders.length > 0 });
  await removeLeftBehind(flags.out);
  const progress = progressBar();
  const onNote = (note: string) => progress.note(`llm-mde: ${note}`);
  await withOpenModel(
    checkpoint,
    flags,
    async (open) => {
      const { model, unit, about } = open;
      const { format = defaultFormats(unit) } = flags;
      const refused = format.find((each) => refusedFormat(each, unit));
      if (refused !== undefined) {
        throw new UsageError(
          `${open.name} gives relative inverse depth, and ${refused} holds metres: use --format ${defaultFormats(unit).join(',')}.`,
        );
      }
      const { prompt } = model.configuration;
      if (flags.scene !== undefined && prompt?.style !== 'scene') {
        throw new UsageError(`--scene is for models with prompts of the style "scene", and ${open.name} has none.`);
      }
      if (flags.attention && !model.attendedWords) {
        throw new UsageError(`${open.name} has no text prototypes to attend to: leave --attention out.`);
      }
      // No more than there are: empty places of a batch are computed too.
      const batchSize = open.isOthers ? 1 : Math.max(1, Math.min(flags.batchSize, inputs.length));
      const digest = await open.digest();
      const onImage: PredictFilesOptions['onImage'] = ({ done, total, problem }) => {
        if (problem !== undefined) progress.note(`llm-mde: ${problem}`);
        progress.show('predicting', done, total);
      };
      const run = (batches: PredictFilesOptions['batches'], options: Partial<PredictFilesOptions>) =>
        predictFiles({
          ...flags,
          ...{ model, unit, format, digest, batches, batchSize, onNote, onImage },
          onAttention: (name, { sentence }) => progress.note(`${name}: ${sentence}`),
          ...options,
        }).finally(progress.end);
      const byWorkers = async (address: string) => {
        const { scene, precision, flip, attention, overwrite, intrinsics, fov, device, jobSize } = flags;
        const out = resolve(flags.out);
        await writing(out, () => mkdir(out, { recursive: true }));
        const queue = await redisQueue<PredictWork, PredictDone>(address, onNote);
        return predictByWorkers({
          ...{ queue, jobSize, digest, batchSize, out, format, device, onNote: progress.note, onImage },
          ...{ scene, precision, flip, attention, overwrite, camera: { intrinsics, fov } },
          model: await nameEverywhere(reference, open.name),
          batches: inBatches(inputs, batchSize),
        }).finally(async () => {
          progress.end();
          await queue.close();
        });
      };
      const { predicted, present, failed, assumed } =
        flags.queue === undefined
          ? await run(shardOf(inBatches(inputs, batchSize), shard), {})
          : await byWorkers(flags.queue);
      const notes = [
        present > 0 && `${present} predicted before (again with --overwrite)`,
        failed > 0 && `${failed} failed`,
      ].filter(Boolean);
      console.log(
        `Predicted ${predicted} of ${plural(predicted + present + failed, 'image')} into ${flags.out} ${flags.queue === undefined ? `on ${open.device}` : 'by workers'}${notes.length > 0 ? `; ${notes.join(', ')}` : ''}.`,
      );
      if (predicted > 0) {
        const camera = unit === 'metre' && cameraSentence(Boolean(model.configuration.camera), assumed);
        console.log([about, camera].filter(Boolean).join(' '));
      }
      if (failed > 0) process.exitCode = 1;
      if (folders.length === 0) return;
      console.log(`Watching ${folders.join(', ')} for images; press Ctrl+C to stop.`);
      await watchImages(folders, flags.out, untilInterrupted(), async (images, areNew) => {
        const result = await run(inBatches(images, 1), { batchSize: 1, again: areNew });
        if (result.predicted > 0) console.log(`Predicted ${images.map(({ name }) => name).join(', ')}.`);
      });
    },
    onNote,
  );
}

/** @throws UsageError if workers on other machines could not do what is asked for. */
function checkQueueFlags(named: readonly string[], { watch, shard }: PredictFlags): void {
  if (watch) throw new UsageError('--watch and --queue do not go together: watch in one process.');
  if (shard) throw new UsageError('--shard and --queue do not go together: the queue divides the work itself.');
  if (named.includes('-')) throw new UsageError('with --queue images are files or addresses: standard input is none.');
}

/** The folders among what was named. */
async function watchedFolders(named: readonly string[], shard: Shard): Promise<string[]> {
  if (shard.count > 1) throw new UsageError('--watch and --shard do not go together: watch in one process.');
  const folders: string[] = [];
  for (const path of named) {
    if (await isFolder(path)) folders.push(path);
  }
  if (folders.length === 0) throw new UsageError('--watch is for folders: name one, in which images will appear.');
  return folders;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** Until Ctrl+C, or until somebody ends the program. */
function untilInterrupted(): AbortSignal {
  const end = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => end.abort());
  return end.signal;
}

/** The folder of the model, if the first path names one, and the images. */
async function modelAndImages(
  [first, ...others]: readonly string[],
  mayBeEmpty = false,
): Promise<{
  /** As it was named. */
  reference?: string;
  checkpoint?: string;
  named: readonly string[];
}> {
  if (first === undefined) throw new UsageError('give images, folders of images or patterns.');
  const namesImages = (mayBeEmpty && (await isFolder(first))) || (await isImages(first));
  if (!(await isModel(first))) {
    if (namesImages) return { named: [first, ...others] };
    // Says what is wrong with it.
    if (others.length === 0 && (isImageName(first) || (await isFolder(first)))) await findInputs([first]);
  }
  const checkpoint = (await isOthers(first)) ? first : await findModel(first);
  if (others.length === 0) throw new UsageError(`give images, folders of images or patterns after the model ${first}.`);
  return { reference: first, checkpoint, named: others };
}
