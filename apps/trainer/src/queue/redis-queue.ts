import { setTimeout } from 'node:timers/promises';
import type { Job, JobEvents, JobQueue } from './jobs.js';
import { connectRedis, QUEUE } from './redis.js';

/** What a worker tells of a job while it does it. */
export interface JobProgress {
  /** Parts that are done. */
  done?: number;
  /** Why it goes back. */
  note?: string;
}

/** Of a job whose work fails; other workers try it again, after 2, 4, 8 and 16 seconds. */
const ATTEMPTS = { attempts: 5, backoff: { type: 'exponential', delay: 2000 } };

/** Results are files: what Redis remembers of a job is for a client that comes back. */
const DAY = 24 * 60 * 60;
const MEMORY = { removeOnComplete: { age: DAY }, removeOnFail: { age: 30 * DAY }, stackTraceLimit: 0 };

/** Jobs that are asked for at once. */
const AT_ONCE = 100;

/** Between two looks at the queue: events tell most ends sooner, but not what happened while Redis was away. */
const SECONDS_BETWEEN_LOOKS = 3;

/** Between two sentences that nobody works. */
const SECONDS_WITHOUT_WORKER = 30;

/**
 * Jobs that workers on any machine do, by way of Redis. The client may end at any time: with the same jobs another one goes on. Jobs that Redis has
 * forgotten are given again.
 *
 * @param onNote told what people should know.
 */
export async function redisQueue<Work, Result>(
  address: string,
  onNote: (note: string) => void,
): Promise<JobQueue<Work, Result>> {
  const { bullmq, open } = await connectRedis(address, onNote);
  const connections = [open(), open()] as const;
  const queue = new bullmq.Queue<Job<Work>, Result>(QUEUE, { connection: connections[0] });
  const queueEvents = new bullmq.QueueEvents(QUEUE, { connection: connections[1] });
  // The connections say it themselves.
  queue.on('error', () => {});
  queueEvents.on('error', () => {});

  async function enqueue(jobs: readonly Job<Work>[]): Promise<void> {
    for (let start = 0; start < jobs.length; start += AT_ONCE) {
      const some = jobs.slice(start, start + AT_ONCE);
      const ended = async ({ id }: Job<Work>) => {
        // Its results are not there, or it would not be given again.
        if (['completed', 'failed'].includes(await queue.getJobState(id))) await queue.remove(id);
      };
      await Promise.all(some.map(ended));
      await queue.addBulk(
        some.map((job) => ({ name: job.name, data: job, opts: { jobId: job.id, ...ATTEMPTS, ...MEMORY } })),
      );
    }
  }

  async function run(jobs: readonly Job<Work>[], events: JobEvents<Work, Result>): Promise<void> {
    const open = new Map(jobs.map((job) => [job.id, job]));
    let problem: unknown;
    const look = async (id: string) => {
      const job = open.get(id);
      if (!job) return;
      const state = await queue.getJobState(id);
      if (state === 'unknown') await enqueue([job]);
      if (state !== 'completed' && state !== 'failed') return;
      const ended = await queue.getJob(id);
      // Once, whoever looks first.
      if (!ended || !open.delete(id)) return;
      if (state === 'failed') return events.onFailed(job, sentenceOfFailure(ended.failedReason));
      await events.onDone(job, ended.returnvalue);
      await queue.remove(id).catch(() => {});
    };
    const looks = new Set<Promise<void>>();
    const lookNow = ({ jobId }: { jobId: string }) => {
      const looking = look(jobId)
        .catch((error) => {
          problem ??= error;
        })
        .finally(() => looks.delete(looking));
      looks.add(looking);
    };
    const onProgress = ({ jobId, data }: { jobId: string; data: unknown }) => {
      const job = open.get(jobId);
      const { done, note } = Object(data) as JobProgress;
      if (job && done !== undefined) events.onProgress?.(job, done);
      if (job && note !== undefined) onNote(`${job.name}: ${note}`);
    };
    queueEvents.on('completed', lookNow).on('failed', lookNow).on('progress', onProgress);
    try {
      await queueEvents.waitUntilReady();
      await enqueue(jobs);
      let alone = 0;
      while (open.size > 0) {
        for (const id of [...open.keys()].slice(0, AT_ONCE)) await look(id);
        if (problem !== undefined || open.size === 0) break;
        if (alone-- <= 0) {
          alone = SECONDS_WITHOUT_WORKER / SECONDS_BETWEEN_LOOKS;
          if ((await queue.getWorkersCount()) === 0) {
            onNote('No worker is connected: start some with llm-mde worker --queue and the same address.');
          }
        }
        await endOrTimeout(open, SECONDS_BETWEEN_LOOKS);
      }
      await Promise.all(looks);
      if (problem !== undefined) throw problem;
    } finally {
      queueEvents.off('completed', lookNow).off('failed', lookNow).off('progress', onProgress);
    }
  }

  return {
    run,
    async close() {
      await queueEvents.close().catch(() => {});
      await queue.close().catch(() => {});
      for (const connection of connections) connection.disconnect();
    },
  };
}

async function endOrTimeout(open: ReadonlyMap<string, unknown>, seconds: number): Promise<void> {
  for (let waited = 0; open.size > 0 && waited < seconds; waited += 0.1) await setTimeout(100);
}

function sentenceOfFailure(reason: string): string {
  return /stalled more than/.test(reason)
    ? 'The workers that began it ended without a word each time, perhaps for lack of memory.'
    : reason;
}
