import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Device, openDevice } from '@llm-mde/backend';
import { generateFrame } from '@llm-mde/rooms';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { LlmMde, preset } from 'llm-mde';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenModel } from '../models/predicting-model.js';
import { inBatches } from '../run/shard.js';
import { inProcessQueue } from '../testing/in-process-queue.js';
import { findInputs } from './find-inputs.js';
import { cutJobs, predictByWorkers } from './predict-by-workers.js';
import { predictFiles } from './predict-files.js';
import { type PredictDone, type PredictWork, predictWork } from './predict-work.js';

const folder = folderOfFile();
const photos = join(folder, 'photos');
let device: Device;
let model: LlmMde;

beforeAll(async () => {
  device = await openDevice({ device: 'wasm' });
  model = await LlmMde.create(preset('tiny'));
  mkdirSync(photos);
  for (let index = 0; index < 7; index++) {
    const { image } = generateFrame({ sceneType: 'kitchen', frameIndex: index, width: 40, height: 30 });
    await sharp(image.data, { raw: image }).toFile(join(photos, `${index}.png`));
  }
  writeFileSync(join(photos, '3.png'), 'no image');
});

afterAll(async () => {
  await model.dispose();
  await device.close();
});

const open = () => ({ model, unit: 'metre', digest: async () => 'one' }) as unknown as OpenModel;
const settings = { digest: 'one', batchSize: 2, format: ['png16', 'npy'] } as const;
const batches = async () => inBatches(await findInputs([photos]), settings.batchSize);

async function predictInto(
  out: string,
  perform: (work: PredictWork, onProgress: (done: number) => void) => Promise<PredictDone> = (work, onProgress) =>
    predictWork(work, open(), { check() {}, onProgress }),
) {
  mkdirSync(join(folder, out), { recursive: true });
  const queue = inProcessQueue(perform);
  const notes: string[] = [];
  const problems: string[] = [];
  const result = await predictByWorkers({
    ...{ ...settings, queue, model: 'tiny', device: 'wasm', camera: {}, jobSize: 3, batches: await batches() },
    out: join(folder, out),
    onNote: (note) => notes.push(note),
    onImage: ({ problem }) => problem !== undefined && problems.push(problem),
  });
  return { ...result, notes, problems, jobs: queue.given };
}

function bytesOf(out: string): Map<string, string> {
  return new Map(
    readdirSync(join(folder, out))
      .sort()
      .map((name) => [name, readFileSync(join(folder, out, name), 'hex')]),
  );
}

it('gives the results, to the byte, and the counts that one process gives', async () => {
  await predictFiles({ ...settings, model, batches: await batches(), out: join(folder, 'one') });
  const { predicted, present, failed, problems, jobs } = await predictInto('queued');
  expect({ predicted, present, failed }).toEqual({ predicted: 6, present: 0, failed: 1 });
  expect(problems).toEqual([expect.stringContaining('3.png')]);
  expect(jobs).toHaveLength(2);
  expect(bytesOf('queued')).toEqual(bytesOf('one'));
  const names = [...bytesOf('one').keys()].filter((name) => name.endsWith('.npy'));
  expect(names).toHaveLength(6);
});

it('gives again only jobs of which a result is missing, under the same id', async () => {
  const first = await predictInto('again');
  rmSync(join(folder, 'again', '6.npy'));
  const second = await predictInto('again');
  // The image that cannot be read has none either.
  expect(second).toMatchObject({ predicted: 1, present: 5, failed: 1, jobs: first.jobs });
});

it('counts what a job that failed left behind, and retries it', async () => {
  const broken = await predictInto('broken', async (work, onProgress) => {
    if (work.batches[0]![0]!.name !== '0') throw new Error('The disk is full.');
    return predictWork(work, open(), { check() {}, onProgress });
  });
  expect(broken).toMatchObject({ predicted: 3, failed: 4 });
  expect(broken.notes).toEqual([expect.stringMatching(/^llm-mde: 4 to 6 failed. The disk is full. Run the same/)]);
  expect(await predictInto('broken')).toMatchObject({ predicted: 3, present: 3, failed: 1 });
});

it('says so where a worker writes to another folder, or does not see one', async () => {
  mkdirSync(join(folder, 'elsewhere'));
  const elsewhere = await predictInto('here', (work, onProgress) =>
    predictWork({ ...work, out: join(folder, 'elsewhere') }, open(), { check() {}, onProgress }),
  );
  expect(elsewhere).toMatchObject({ predicted: 0, failed: 7 });
  expect(elsewhere.problems[0]).toMatch(/0\.png: a worker predicted it, but its result is not in .*here/);
  const absent = join(folder, 'absent');
  const { notes } = await predictInto('there', (work, onProgress) =>
    predictWork({ ...work, out: absent }, open(), { check() {}, onProgress }),
  );
  expect(notes[0]).toContain(`does not see the folder ${absent}: a worker needs the same folders`);
});

it('does not predict with another model of the same name', async () => {
  const other = { ...open(), digest: async () => 'two' };
  const { notes } = await predictInto('other', (work, onProgress) =>
    predictWork(work, other, { check() {}, onProgress }),
  );
  expect(notes[0]).toContain('The model tiny is another one here');
});

it('cuts jobs of whole batches', () => {
  expect(cutJobs(inBatches([1, 2, 3, 4, 5, 6, 7], 2), 2, 3)).toEqual([
    [
      [1, 2],
      [3, 4],
    ],
    [[5, 6], [7]],
  ]);
  expect(cutJobs(inBatches([1, 2, 3], 4), 4, 1)).toEqual([[[1, 2, 3]]]);
  expect(cutJobs([], 4, 100)).toEqual([]);
});
