import type { JobQueue } from '../queue/jobs.js';

/** Does jobs one after the other in this process; tells also which were given. */
export function inProcessQueue<Work, Result>(
  perform: (work: Work, onProgress: (done: number) => void) => Promise<Result>,
): JobQueue<Work, Result> & { given: string[] } {
  const given: string[] = [];
  return {
    given,
    async run(jobs, { onDone, onFailed, onProgress }) {
      for (const job of jobs) {
        given.push(job.id);
        let result: Result;
        try {
          result = await perform(job.work, (done) => onProgress?.(job, done));
        } catch (error) {
          await onFailed(job, (error as Error).message);
          continue;
        }
        // As by way of Redis.
        await onDone(job, structuredClone(result));
      }
    },
    async close() {},
  };
}
