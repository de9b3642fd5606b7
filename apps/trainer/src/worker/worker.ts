import { UsageError } from '../output/sentences.js';
import { Interruption, SIGNALS } from '../train/interruption.js';
import { createWorkshop } from './do-work.js';
import { serveMetrics } from './metrics.js';
import { defaultConcurrency, inProcesses } from './processes.js';
import { type JobEnd, workOn } from './redis-worker.js';

export interface WorkerFlags {
  queue?: string;
  /** Jobs at once. @default by memory and cores */
  concurrency?: number;
  /** Seconds without a sign of life after which another worker takes a job over. */
  silence: number;
  metricsPort?: number;
}

/** Does jobs of the queue until it is told to stop. */
export async function runWorker({ queue, concurrency = defaultConcurrency(), silence, metricsPort }: WorkerFlags) {
  if (queue === undefined) throw new UsageError('name the queue with --queue, or with LLM_MDE_QUEUE.');
  const note = (text: string) => console.error(`llm-mde: ${text}`);
  const stop = new AbortController();
  const interruption = new Interruption();
  const listener = () => {
    note('Stopping; a job that is not done goes back to the queue. Press Ctrl-C again to exit at once.');
    interruption.requested = true;
    stop.abort();
    for (const name of SIGNALS) process.off(name, listener);
  };
  for (const name of SIGNALS) process.on(name, listener);
  const { signal } = stop;
  const metrics = metricsPort === undefined ? undefined : await serveMetrics(metricsPort, queue, concurrency, note);
  const onEnd = (end: JobEnd) => {
    metrics?.count(end);
    // Its supervisor counts what all of them do.
    process.send?.(end);
  };
  try {
    if (concurrency > 1) return await inProcesses({ concurrency, signal, onEnd, note });
    const workshop = createWorkshop(interruption, signal);
    await workOn({ address: queue, silence, signal, perform: workshop.perform, onEnd, onNote: note }).finally(
      workshop.close,
    );
  } finally {
    await metrics?.close();
    for (const name of SIGNALS) process.off(name, listener);
    // Nothing keeps it alive but the channel to its supervisor.
    process.channel?.unref();
  }
}
