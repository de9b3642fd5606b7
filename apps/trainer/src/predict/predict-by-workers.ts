import { createJob, type Job, type JobQueue } from '../queue/jobs.js';
import { inBatches } from '../run/shard.js';
import type { Input } from './find-inputs.js';
import { type PredictFilesOptions, type PredictFilesResult, resultOf } from './predict-files.js';
import type { PredictDone, PredictWork } from './predict-work.js';
import { isComplete } from './result-files.js';

export interface PredictByWorkersOptions extends Omit<PredictWork, 'kind'> {
  queue: JobQueue<PredictWork, PredictDone>;
  /** Images of a job, rounded up to whole batches. */
  jobSize: number;
  onNote: (note: string) => void;
  onImage: NonNullable<PredictFilesOptions['onImage']>;
}

/**
 * Predicts images by jobs of a queue and counts their results, each once. Batches are kept whole, so that every image has the place in its
 * batch, and the bytes, that it has without a queue. Jobs of which all results are there are not given.
 */
export async function predictByWorkers({
  queue,
  jobSize,
  onNote,
  onImage,
  ...work
}: PredictByWorkersOptions): Promise<PredictFilesResult> {
  const total = work.batches.flat().length;
  const result: PredictFilesResult = { predicted: 0, present: 0, failed: 0, assumed: 0 };
  const under = new Map<string, number>();
  const show = (name = '', problem?: string) => {
    const done = result.predicted + result.present + result.failed;
    const underWay = [...under.values()].reduce((sum, each) => sum + each, 0);
    onImage({ done: Math.min(total, done + underWay), total, name, problem });
  };
  const report = (kind: 'predicted' | 'present' | 'failed', name: string, problem?: string) => {
    result[kind]++;
    show(name, problem);
  };
  const hasResult = (input: Input) => isComplete(resultOf(input, work));
  const jobs: Job<PredictWork>[] = [];
  // Of each job, what was missing when it was given.
  const missing = new Map<string, readonly Input[]>();
  for (const batches of cutJobs(work.batches, work.batchSize, jobSize)) {
    const inputs: Input[] = [];
    for (const input of batches.flat()) {
      if (work.overwrite || !(await hasResult(input))) inputs.push(input);
      else report('present', input.name);
    }
    if (inputs.length === 0) continue;
    const job = createJob<PredictWork>(jobName(batches), { kind: 'predict', ...work, batches });
    missing.set(job.id, inputs);
    jobs.push(job);
  }
  await queue.run(jobs, {
    onProgress(job, done) {
      under.set(job.id, Math.min(done, missing.get(job.id)!.length));
      show();
    },
    async onDone({ id }, { assumed, problems, notes }) {
      under.delete(id);
      notes.forEach(onNote);
      result.assumed += assumed;
      const known = new Map(problems.map(({ name, problem }) => [name, problem]));
      for (const input of missing.get(id)!) {
        const { name } = input;
        const problem = known.get(name);
        if (problem !== undefined) report('failed', name, problem);
        else if (await hasResult(input)) report('predicted', name);
        else {
          const lost = `${input.path}: a worker predicted it, but its result is not in ${work.out}. Is that the same folder on all machines?`;
          report('failed', name, lost);
        }
      }
    },
    async onFailed(job, problem) {
      under.delete(job.id);
      onNote(`llm-mde: ${job.name} failed. ${problem} Run the same command again to retry.`);
      // It may have come as far as some results.
      for (const input of missing.get(job.id)!) {
        const isThere = !work.overwrite && (await hasResult(input));
        report(isThere ? 'predicted' : 'failed', input.name);
      }
    },
  });
  return result;
}

/** Whole batches together. */
export function cutJobs<T>(batches: readonly T[], batchSize: number, jobSize: number): T[][] {
  return inBatches(batches, Math.ceil(jobSize / batchSize));
}

function jobName(batches: readonly (readonly Input[])[]): string {
  const inputs = batches.flat();
  return inputs.length === 1 ? inputs[0]!.name : `${inputs[0]!.name} to ${inputs.at(-1)!.name}`;
}
