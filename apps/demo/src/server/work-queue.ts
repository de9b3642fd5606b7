export interface WorkQueueOptions<Work, Result> {
  /** Work of one key may be run together. */
  keyOf(work: Work): string;
  /** How much may be run together, by its key. */
  largestBatch: number;
  /** Runs a batch; one result for each, in order. */
  run(batch: readonly Work[]): Promise<readonly Result[]>;
}

export interface Done<Result> {
  result: Result;
  /** How long it waited for its turn, and how long the batch was computed. */
  waitedMilliseconds: number;
  ranMilliseconds: number;
  batch: number;
}

interface Waiting<Work, Result> {
  work: Work;
  since: number;
  resolve(done: Done<Result>): void;
  reject(reason: unknown): void;
}

/**
 * Work for the one device, a batch at a time. While a batch is computed others wait; then the oldest takes with it those of its kind
 * that wait too. Batches have 1, 2, 4, 8, … members, so that few shapes have to be compiled.
 */
export class WorkQueue<Work, Result> {
  private readonly queue: Waiting<Work, Result>[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly options: WorkQueueOptions<Work, Result>) {}

  get waiting(): number {
    return this.queue.length;
  }

  /**
   * @param signal takes waiting work out of the queue, and makes the result of running work go nowhere: the promise is rejected with its reason.
   */
  add(work: Work, signal: AbortSignal): Promise<Done<Result>> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        const index = this.queue.indexOf(entry);
        if (index >= 0) this.queue.splice(index, 1);
        reject(signal.reason);
      };
      const settle = <T>(end: (value: T) => void) => {
        return (value: T) => {
          signal.removeEventListener('abort', leave);
          end(value);
        };
      };
      const entry = { work, since: performance.now(), resolve: settle(resolve), reject: settle(reject) };
      this.queue.push(entry);
      signal.addEventListener('abort', leave, { once: true });
      this.running ??= this.runAll();
      return undefined;
    });
  }

  /** Resolves when nothing waits or runs any more. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async runAll(): Promise<void> {
    // What arrives in the same turn of the event loop can still come along.
    await new Promise(setImmediate);
    while (this.queue.length > 0) await this.runOne(this.takeBatch());
    this.running = undefined;
  }

  private takeBatch(): Waiting<Work, Result>[] {
    const { keyOf, largestBatch } = this.options;
    const key = keyOf(this.queue[0]!.work);
    const sameKind = this.queue.filter(({ work }) => keyOf(work) === key).slice(0, largestBatch);
    const batch = sameKind.slice(0, 2 ** Math.floor(Math.log2(sameKind.length)));
    for (const entry of batch) this.queue.splice(this.queue.indexOf(entry), 1);
    return batch;
  }

  private async runOne(batch: Waiting<Work, Result>[]): Promise<void> {
    const start = performance.now();
    try {
      const results = await this.options.run(batch.map(({ work }) => work));
      const ranMilliseconds = performance.now() - start;
      batch.forEach(({ since, resolve }, index) => {
        const waitedMilliseconds = start - since;
        resolve({ result: results[index]!, waitedMilliseconds, ranMilliseconds, batch: batch.length });
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
