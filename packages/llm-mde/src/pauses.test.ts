import { expect, it } from 'vitest';
import { atOnce, type Work, withPauses } from './pauses.js';

function* work(log: string[]): Work<string> {
  for (const part of ['one', 'two', 'three']) {
    log.push(part);
    yield;
  }
  return 'done';
}

it('lets others have their turn at each pause', async () => {
  const log: string[] = [];
  let done = false;
  const another = () => {
    log.push('another');
    if (!done) setImmediate(another);
  };
  setImmediate(another);
  expect(await withPauses(work(log))).toBe('done');
  done = true;
  expect(log.slice(0, 6)).toEqual(['one', 'another', 'two', 'another', 'three', 'another']);
});

it('does all at once where nothing may come between', () => {
  const log: string[] = [];
  expect(atOnce(work(log))).toBe('done');
  expect(log).toEqual(['one', 'two', 'three']);
});

it('hands on what goes wrong', async () => {
  // biome-ignore lint/correctness/useYield: it fails before its first pause
  function* failing(): Work<never> {
    throw new Error('broken');
  }
  await expect(withPauses(failing())).rejects.toThrow('broken');
  expect(() => atOnce(failing())).toThrow('broken');
});
