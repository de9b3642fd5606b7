import { type Device, type DeviceName, openDevice } from '@llm-mde/backend';
import { UsageError } from '../output/sentences.js';
import { showTraining } from '../output/show-training.js';
import type { CommandWork } from '../queue/command-work.js';
import { redisQueue } from '../queue/redis-queue.js';
import type { Shard } from '../run/shard.js';
import { INTERRUPTED, Interrupted, Interruption } from './interruption.js';
import { forAll, inParallel } from './parallel-processes.js';
import { trainByWorkers } from './train-by-workers.js';
import type { PlannedRun } from './train-plan.js';

export interface TrainingTools extends Pick<ReturnType<typeof showTraining>, 'events' | 'note' | 'end'> {
  device: Device;
  interruption: Interruption;
}

export interface TrainingSetup {
  device: DeviceName | 'auto';
  json?: true | undefined;
  /** Of all runs. */
  folder: string;
  shard: Shard;
  /** Processes that train at once. @default 1: this one */
  jobs?: number;
  /** The address of the queue whose workers train. @default this process does */
  queue?: string | undefined;
  plan: readonly PlannedRun[];
}

/**
 * Runs something that trains several models: with a device, what shows its progress, and Ctrl-C, after which the same command resumes it. With several
 * jobs, as many processes run the command first, and with a queue workers; the work then finds the runs finished.
 */
export async function withTraining(
  { device: name, json, folder, shard, jobs = 1, queue: address, plan }: TrainingSetup,
  work: (tools: TrainingTools) => Promise<void>,
): Promise<void> {
  const stopped = (error: unknown, note: (sentence: string) => void) => {
    if (!(error instanceof Interrupted)) throw error;
    note(`Stopped in ${folder}. Run the same command again to resume.`);
    process.exitCode = INTERRUPTED;
  };
  if (address !== undefined) {
    if (jobs > 1 || shard.count > 1) {
      throw new UsageError('--queue does not go together with --jobs or --shard: the queue divides the work itself.');
    }
    const queue = await redisQueue<CommandWork, unknown>(address, (note) => console.error(`llm-mde: ${note}`));
    const command = process.argv.slice(2);
    await trainByWorkers({ queue, plan, folder, command, note: console.error }).finally(queue.close);
  }
  if (jobs > 1) {
    const [, ...command] = process.argv as [string, string, ...string[]];
    try {
      await inParallel({ jobs, shard, command });
    } catch (error) {
      return stopped(error, console.error);
    }
  }
  const device = await openDevice({ device: name });
  const { events, note, end } = showTraining({ json: json === true });
  const interruption = new Interruption();
  const stopListening = interruption.listen(note, end);
  try {
    await work({ device, events, note, end, interruption });
  } catch (error) {
    stopped(error, note);
  } finally {
    stopListening();
    end();
    await device.close();
  }
}

/** The words of a command line that say something of the results: which shard a machine did, and in how many processes, does not. */
export function aboutResults(words: readonly string[]): string[] {
  return forAll(words).filter((word) => word !== '--json');
}
