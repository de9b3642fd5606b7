import { InvalidArgumentError } from 'commander';

/** One of several equal parts of some work, each done by its own machine. */
export interface Shard {
  /** From 0. */
  index: number;
  count: number;
}

/**
 * Parses `--shard i/n`: shard i of n, counted from 1.
 *
 * @throws InvalidArgumentError, which commander reports.
 */
export function parseShard(text: string): Shard {
  const [, first, second] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const [number, count] = [Number(first), Number(second)];
  if (!(number >= 1 && number <= count)) {
    throw new InvalidArgumentError('Must be i/n: shard i of n, counted from 1, such as 2/8.');
  }
  return { index: number - 1, count };
}

/**
 * The shard that a scheduler assigned to this process: a task of a SLURM job array, or a pod of an indexed Kubernetes job that has
 * `JOB_COMPLETIONS` set to its `completions`. Without a scheduler, all of the work.
 *
 * @throws Error if the environment gives the index but not the count.
 */
export function shardFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Shard {
  const { SLURM_ARRAY_TASK_ID, SLURM_ARRAY_TASK_MIN = '0', SLURM_ARRAY_TASK_STEP = '1' } = environment;
  if (SLURM_ARRAY_TASK_ID !== undefined) {
    const index = (Number(SLURM_ARRAY_TASK_ID) - Number(SLURM_ARRAY_TASK_MIN)) / Number(SLURM_ARRAY_TASK_STEP);
    return checkedShard(index, environment, 'SLURM_ARRAY_TASK_ID', 'SLURM_ARRAY_TASK_COUNT');
  }
  if (environment.JOB_COMPLETION_INDEX !== undefined) {
    return checkedShard(
      Number(environment.JOB_COMPLETION_INDEX),
      environment,
      'JOB_COMPLETION_INDEX',
      'JOB_COMPLETIONS',
    );
  }
  return { index: 0, count: 1 };
}

/**
 * Splits items into batches. An image's position in its batch can change the last digits of its depth (matrix products work on blocks of rows),
 * but its neighbors cannot: so the whole list is batched first and then sharded, and a resumed run keeps each batch's positions.
 */
export function inBatches<T>(items: readonly T[], batchSize: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / batchSize) }, (_, batch) =>
    items.slice(batch * batchSize, (batch + 1) * batchSize),
  );
}

/** Every n-th item, so that shards of a sorted list are alike. */
export function shardOf<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_, place) => place % count === index);
}

function checkedShard(index: number, environment: NodeJS.ProcessEnv, indexName: string, countName: string): Shard {
  const count = Number(environment[countName]);
  if (Number.isInteger(index) && index >= 0 && Number.isInteger(count) && index < count) return { index, count };
  throw new Error(
    `${indexName} is ${environment[indexName]} and ${countName} is ${environment[countName] ?? 'not set'}, which is not a valid shard: set both, or use --shard i/n (--shard 1/1 for everything).`,
  );
}
