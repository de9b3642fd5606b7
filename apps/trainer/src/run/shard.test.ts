import { describe, expect, it } from 'vitest';
import { parseShard, shardFromEnvironment, shardOf } from './shard.js';

describe('parseShard', () => {
  it('counts from 1', () => {
    expect(parseShard('1/4')).toEqual({ index: 0, count: 4 });
    expect(parseShard('4/4')).toEqual({ index: 3, count: 4 });
  });

  it.each(['0/4', '5/4', '1', '1/0', 'a/b', '-1/4', '1.5/4'])('refuses %s', (text) => {
    expect(() => parseShard(text)).toThrow('shard i of n, counted from 1');
  });
});

describe('shardFromEnvironment', () => {
  it('knows job arrays of SLURM, wherever they begin', () => {
    const array = {
      SLURM_ARRAY_TASK_ID: '7',
      SLURM_ARRAY_TASK_MIN: '1',
      SLURM_ARRAY_TASK_COUNT: '4',
      SLURM_ARRAY_TASK_STEP: '2',
    };
    expect(shardFromEnvironment(array)).toEqual({ index: 3, count: 4 });
  });

  it('knows indexed jobs of Kubernetes, if they say how many there are', () => {
    expect(shardFromEnvironment({ JOB_COMPLETION_INDEX: '0', JOB_COMPLETIONS: '3' })).toEqual({ index: 0, count: 3 });
    expect(() => shardFromEnvironment({ JOB_COMPLETION_INDEX: '0' })).toThrow(
      'JOB_COMPLETION_INDEX is 0 and JOB_COMPLETIONS is not set, which is not a valid shard: set both, or use --shard i/n (--shard 1/1 for everything).',
    );
  });

  it('is everything where there is no scheduler', () => {
    expect(shardFromEnvironment({})).toEqual({ index: 0, count: 1 });
  });
});

describe('shardOf', () => {
  it('puts each item into one shard', () => {
    const items = [...'abcdefg'];
    const parts = [0, 1, 2].map((index) => shardOf(items, { index, count: 3 }));
    expect(parts).toEqual([
      ['a', 'd', 'g'],
      ['b', 'e'],
      ['c', 'f'],
    ]);
  });
});
