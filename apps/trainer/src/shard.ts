import { InvalidArgumentError } from 'commander';

/** One of several equal parts of some work, each done by a machine of its own. */
export interface Shard {
  /** From 0. */
  index: number;
  count: number;
}

/**
 * Reads `--shard i/n`, part i of n, counted from 1.
 *
 * @throws InvalidArgumentError, which commander turns into a sentence.
 */
export function parseShard(text: string): Shard {
  const [, part, parts] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const [number, count] = [Number(part), Number(parts)];
  if (!(number >= 1 && number <= count)) {
    throw new InvalidArgumentError('It should be i/n, part i of n, counted from 1, such as 2/8.');
  }
  return { index: number - 1, count };
}

/**
 * The part that a scheduler gave this process: a task of a SLURM job array, or a pod of an indexed Kubernetes job that has
 * `JOB_COMPLETIONS` set to its `completions`. Without a scheduler, all of the work.
 *
 * @throws Error if the environment says which part it is, but not of how many.
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

/** Every n-th item, so that parts of a sorted list are alike. */
export function shardOf<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_, place) => place % count === index);
}

function checkedShard(index: number, environment: NodeJS.ProcessEnv, indexName: string, countName: string): Shard {
  const count = Number(environment[countName]);
  if (Number.isInteger(index) && index >= 0 && Number.isInteger(count) && index < count) return { index, count };
  throw new Error(
    `${indexName} is ${environment[indexName]} and ${countName} is ${environment[countName] ?? 'not set'}, which name no part of a whole: set both, or use --shard i/n (--shard 1/1 for all).`,
  );
}
