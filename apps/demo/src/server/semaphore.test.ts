import { expect, it } from 'vitest';
import { Lanes, Semaphore } from './semaphore.js';

const never = new AbortController().signal;

it('holds an amount until it is released, once', () => {
  const semaphore = new Semaphore(2, 2);
  const first = semaphore.tryAcquire('a')!;
  const second = semaphore.tryAcquire('a')!;
  expect(semaphore.tryAcquire('a')).toBeUndefined();
  first();
  first();
  expect(semaphore.inUse).toBe(1);
  second();
  expect(semaphore.inUse).toBe(0);
});

it('grants in order of arrival, even if a later caller would fit', async () => {
  const semaphore = new Semaphore(10, 10);
  const order: string[] = [];
  const held = await semaphore.acquire(8, 'a', never);
  const large = semaphore.acquire(9, 'a', never).then((release) => {
    order.push('large');
    release();
  });
  const small = semaphore.acquire(1, 'a', never).then((release) => {
    order.push('small');
    release();
  });
  expect(semaphore.tryAcquire('a')).toBeUndefined();
  held();
  await Promise.all([large, small]);
  expect(order).toEqual(['large', 'small']);
  expect(semaphore.inUse).toBe(0);
});

it('forgets callers that canceled', async () => {
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire(1, 'a', never);
  const controller = new AbortController();
  const abandoned = semaphore.acquire(1, 'a', controller.signal);
  const next = semaphore.acquire(1, 'a', never);
  controller.abort(new Error('gone'));
  await expect(abandoned).rejects.toThrow('gone');
  held();
  (await next)();
  expect(semaphore.inUse).toBe(0);
  expect(() => semaphore.acquire(2, 'a', never)).toThrow('Cannot acquire 2 of 1');
});

it('gives one client its share, without holding up the others', async () => {
  const semaphore = new Semaphore(10);
  const order: string[] = [];
  const acquire = (amount: number, client: string) =>
    semaphore.acquire(amount, client, never).then((release) => {
      order.push(`${client}${amount}`);
      return release;
    });
  const first = acquire(4, 'a');
  const others = [acquire(2, 'a'), acquire(3, 'b')];
  await others[1];
  expect(semaphore.isContended).toBe(true);
  (await first)();
  await Promise.all(others);
  expect(order).toEqual(['a4', 'b3', 'a2']);
});

it('keeps small amounts apart from large ones', async () => {
  const lanes = new Lanes(12, 8);
  await lanes.for(8).acquire(8, 'a', never);
  await lanes.for(1).acquire(1, 'a', never);
  expect(lanes.for(2)).not.toBe(lanes.for(1));
});
