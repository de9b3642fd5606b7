interface Task<Input, Output> {
  /** Tasks with equal keys may run in one batch; a task without a key runs alone. */
  key?: string;
  input: Input;
  /** Runs a batch; one output for each input, in order. */
  run(inputs: readonly Input[]): Promise<readonly Output[]>;
}

export interface BatchResult<Output> {
  output: Output;
  /** How long the task waited for the device, and how long its batch took. */
  waitMilliseconds: number;
  computeMilliseconds: number;
  batchSize: number;
}

interface Entry<Input, Output> extends Task<Input, Output> {
  since: number;
  resolve(result: BatchResult<Output>): void;
  reject(reason: unknown): void;
}

/**
 * Runs tasks on the one device, a batch at a time, the oldest first. Those with the key of the oldest join its batch. Batches have 1, 2, 4,
 * 8, … members, so that few shapes are compiled.
 */
export class BatchQueue {
  private readonly entries: Entry<unknown, unknown>[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly options: { maxBatchSize: number; onBatch?(size: number): void }) {}

  /** How many tasks wait. */
  get waiting(): number {
    return this.entries.length;
  }

  /** @param signal removes a waiting task and discards the output of a running one: the promise rejects with its reason. */
  add<Input, Output>(task: Task<Input, Output>, signal: AbortSignal): Promise<BatchResult<Output>> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const cancel = () => {
        const index = this.entries.indexOf(entry);
        if (index >= 0) this.entries.splice(index, 1);
        reject(signal.reason);
      };
      const settle = <T>(end: (value: T) => void) => {
        return (value: T) => {
          signal.removeEventListener('abort', cancel);
          end(value);
        };
      };
      const entry: Entry<Input, Output> = {
        ...task,
        since: performance.now(),
        resolve: settle(resolve),
        reject: settle(reject),
      };
      this.entries.push(entry);
      signal.addEventListener('abort', cancel, { once: true });
      this.running ??= this.runAll();
      return undefined;
    });
  }

  /** Resolves when no task waits or runs. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async runAll(): Promise<void> {
    // Tasks that arrive in the same turn of the event loop can join the first batch.
    await new Promise(setImmediate);
    while (this.entries.length > 0) await this.runBatch(this.takeBatch());
    this.running = undefined;
  }

  private takeBatch(): Entry<unknown, unknown>[] {
    const [first] = this.entries;
    const alike = this.entries.filter((entry) => entry === first || (entry.key && entry.key === first!.key));
    const size = 2 ** Math.floor(Math.log2(Math.min(alike.length, this.options.maxBatchSize)));
    const batch = alike.slice(0, size);
    for (const entry of batch) this.entries.splice(this.entries.indexOf(entry), 1);
    return batch;
  }

  private async runBatch(batch: Entry<unknown, unknown>[]): Promise<void> {
    const batchSize = batch.length;
    this.options.onBatch?.(batchSize);
    const start = performance.now();
    try {
      const outputs = await batch[0]!.run(batch.map(({ input }) => input));
      const computeMilliseconds = performance.now() - start;
      for (const [index, { since, resolve }] of batch.entries()) {
        resolve({ output: outputs[index], waitMilliseconds: start - since, computeMilliseconds, batchSize });
      }
    } catch (error) {
      if (batchSize === 1) return batch[0]!.reject(error);
      // The members that are at no fault are answered.
      for (const entry of batch) await this.runBatch([entry]);
    }
    return undefined;
  }
}
