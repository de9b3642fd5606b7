import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { sentenceOf } from '../output/sentences.js';
import { type Job, NotHere, VERSION } from '../queue/jobs.js';
import { connectRedis, QUEUE } from '../queue/redis.js';
import type { JobProgress } from '../queue/redis-queue.js';
import { Interrupted } from '../train/interruption.js';

/** What happened to a job at this worker. */
export interface JobEnd {
  kind: string;
  outcome: 'done' | 'failed' | 'returned';
  /** Parts that were done: images of a prediction. */
  parts: number;
  seconds: number;
}

export interface WorkOnOptions<Work, Result> {
  address: string;
  /** Seconds without a sign of life after which another worker takes the job over. */
  silence: number;
  /** Ends the worker; what it does then throws {@link Interrupted}. */
  signal: AbortSignal;
  /** @throws {Interrupted} if the job is to go back. @throws {NotHere} if another worker should do it. */
  perform(work: Work, onProgress: (done: number) => void): Promise<Result>;
  onEnd(end: JobEnd): void;
  onNote(note: string): void;
}

/** How often a job whose worker ended without a word is begun again. */
const MOST_STALLS = 10;

/** A worker that cannot do a job holds it for so long, so that it does not go through all of them. */
const SECONDS_NOT_HERE = 10;

/** After so many workers that could not do it, a job has failed. */
const MOST_STARTS = 10;

/** To give a job back, and to say goodbye to Redis. */
const SECONDS_OF_CLOSING = 10;

/** Does jobs of the queue, one at a time, until the signal. */
export async function workOn<Work extends { kind: string }, Result>({
  address,
  silence,
  signal,
  perform,
  onEnd,
  onNote,
}: WorkOnOptions<Work, Result>): Promise<void> {
  const { bullmq, open, name } = await connectRedis(address, onNote);
  const connection = open();
  /** What is done of a job without Redis. */
  let performing: Promise<unknown> = Promise.resolve();

  async function process(job: import('bullmq').Job<Job<Work>, Result>, token?: string): Promise<Result> {
    const started = performance.now();
    let parts = 0;
    const ended = (outcome: JobEnd['outcome']) =>
      onEnd({ kind: job.data.work.kind, outcome, parts, seconds: (performance.now() - started) / 1000 });
    const tell = (progress: JobProgress) => void job.updateProgress(progress).catch(() => {});
    let told = performance.now();
    const onProgress = (done: number) => {
      parts = done;
      if (performance.now() - told < 1000) return;
      told = performance.now();
      tell({ done });
    };
    try {
      if (job.data.version !== VERSION) {
        throw new NotHere(
          `The job is of version ${job.data.version} of llm-mde, and this worker is version ${VERSION}: install the same version on both.`,
        );
      }
      const performed = perform(job.data.work, onProgress);
      performing = performed;
      const result = await performed;
      ended('done');
      return result;
    } catch (error) {
      if (error instanceof Interrupted) {
        ended('returned');
        onNote(`${job.data.name}: given back.`);
        await job.moveToWait(token);
        throw new bullmq.WaitingError();
      }
      const sentence = `${sentenceOf(error)} (worker on ${hostname()})`;
      onNote(`${job.data.name}: ${sentence}`);
      if (error instanceof NotHere && (error.isTemporary || job.attemptsStarted < MOST_STARTS)) {
        ended('returned');
        tell({ note: sentence });
        await setTimeout(1000 * SECONDS_NOT_HERE, undefined, { signal }).catch(() => {});
        // Not at once: it would come first, before those that this worker can do.
        await job.moveToDelayed(Date.now() + 1000 * SECONDS_NOT_HERE, token);
        throw new bullmq.DelayedError();
      }
      ended('failed');
      throw error instanceof NotHere ? new bullmq.UnrecoverableError(sentence) : new Error(sentence);
    }
  }

  const worker = new bullmq.Worker<Job<Work>, Result>(QUEUE, process, {
    connection,
    lockDuration: 1000 * silence,
    stalledInterval: (1000 * silence) / 2,
    maxStalledCount: MOST_STALLS,
    drainDelay: 2,
  });
  // The connections say what is wrong with Redis; a job that another worker took over meanwhile is done twice, with the same result.
  worker.on('error', () => {});
  onNote(`Waiting for jobs from ${name}.`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const closed = new AbortController();
  void worker.close().finally(() => closed.abort());
  await performing.catch(() => {});
  // It does not end where Redis was away when it began: then a job goes to another worker once this one is silent.
  await setTimeout(1000 * SECONDS_OF_CLOSING, undefined, { signal: closed.signal }).catch(() => {});
  connection.disconnect();
}
