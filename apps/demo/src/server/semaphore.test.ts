import { expect, it } from 'vitest';
import { Semaphore } from './semaphore.js';

const never = new AbortController().signal;

it('holds an amount until it is released, once', () => {
  const semaphore = new Semaphore(2);
  const first = semaphore.tryAcquire()!;
  const second = semaphore.tryAcquire()!;
  expect(semaphore.tryAcquire()).toBeUndefined();
  first();
  first();
  expect(semaphore.inUse).toBe(1);
  second();
  expect(semaphore.inUse).toBe(0);
});

it('grants in order of arrival, even if a later caller would fit', async () => {
  const semaphore = new Semaphore(10);
  const order: string[] = [];
  const held = await semaphore.acquire(8, never);
  const large = semaphore.acquire(9, never).then((release) => {
    order.push('large');
    release();
  });
  const small = semaphore.acquire(1, never).then((release) => {
    order.push('small');
    release();
  });
  expect(semaphore.tryAcquire(1)).toBeUndefined();
  held();
  await Promise.all([large, small]);
  expect(order).toEqual(['large', 'small']);
  expect(semaphore.inUse).toBe(0);
});

it('forgets callers that canceled', async () => {
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire(1, never);
  const controller = new AbortController();
  const abandoned = semaphore.acquire(1, controller.signal);
  const next = semaphore.acquire(1, never);
  controller.abort(new Error('gone'));
  await expect(abandoned).rejects.toThrow('gone');
  held();
  (await next)();
  expect(semaphore.inUse).toBe(0);
  expect(() => semaphore.acquire(2, never)).toThrow('Cannot acquire 2 of 1');
});
