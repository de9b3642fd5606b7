import { expect, it } from 'vitest';
import { Budget } from './budget.js';

const never = new AbortController().signal;

it('gives what there is, and gives it back once', () => {
  const budget = new Budget(2);
  const first = budget.tryTake()!;
  const second = budget.tryTake()!;
  expect(budget.tryTake()).toBeUndefined();
  first();
  first();
  expect(budget.inUse).toBe(1);
  second();
  expect(budget.inUse).toBe(0);
});

it('lets those who wait have it in order of arrival, also where a later one would fit', async () => {
  const budget = new Budget(10);
  const order: string[] = [];
  const held = await budget.take(8, never);
  const large = budget.take(9, never).then((giveBack) => {
    order.push('large');
    giveBack();
  });
  const small = budget.take(1, never).then((giveBack) => {
    order.push('small');
    giveBack();
  });
  expect(budget.tryTake(1)).toBeUndefined();
  held();
  await Promise.all([large, small]);
  expect(order).toEqual(['large', 'small']);
  expect(budget.inUse).toBe(0);
});

it('forgets who gave up waiting', async () => {
  const budget = new Budget(1);
  const held = await budget.take(1, never);
  const controller = new AbortController();
  const abandoned = budget.take(1, controller.signal);
  const next = budget.take(1, never);
  controller.abort(new Error('gone'));
  await expect(abandoned).rejects.toThrow('gone');
  held();
  (await next)();
  expect(budget.inUse).toBe(0);
  expect(() => budget.take(2, never)).toThrow('2 were asked for, but there are 1 at most');
});
