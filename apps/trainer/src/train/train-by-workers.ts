import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writing } from '../output/sentences.js';
import type { CommandWork } from '../queue/command-work.js';
import { createJob, type JobQueue } from '../queue/jobs.js';
import { isFinished } from '../run/run-folder.js';
import { forAll } from './parallel-processes.js';
import type { PlannedRun } from './train-plan.js';

export interface TrainByWorkersOptions {
  queue: JobQueue<CommandWork, unknown>;
  plan: readonly PlannedRun[];
  /** Of all runs. */
  folder: string;
  /** The parameters of the command, which every worker gets too. */
  command: readonly string[];
  note: (sentence: string) => void;
}

/**
 * Trains and tests the runs that are not finished, each as a job: the command with the shard that holds this run only.
 *
 * @throws Error if a run failed; the others go on to their end first.
 */
export async function trainByWorkers({ queue, plan, folder, command, note }: TrainByWorkersOptions): Promise<void> {
  const shared = resolve(folder);
  await writing(shared, () => mkdir(shared, { recursive: true }));
  const runs = new Map<string, PlannedRun>();
  const jobs = [];
  for (const [place, run] of plan.entries()) {
    if (isFinished(run.folder)) continue;
    const job = createJob<CommandWork>(`${run.name}, seed ${run.seed}`, {
      kind: 'command',
      parameters: [...forAll(command), '--shard', `${place + 1}/${plan.length}`],
      directory: process.cwd(),
      folder: shared,
      lock: resolve(run.folder.lock),
    });
    runs.set(job.id, run);
    jobs.push(job);
  }
  let done = plan.length - jobs.length;
  let failed = 0;
  await queue.run(jobs, {
    onDone({ id, name }) {
      if (isFinished(runs.get(id)!.folder)) return note(`${++done} of ${plan.length}: ${name}`);
      failed++;
      note(`${name}: a worker trained it, but not in ${shared}. Is that the same folder on all machines?`);
    },
    onFailed({ name }, problem) {
      failed++;
      note(`${name} failed. ${problem}`);
    },
  });
  if (failed > 0) {
    throw new Error(`${failed} of ${plan.length} runs failed, as said above. Run the same command again to resume.`);
  }
}
