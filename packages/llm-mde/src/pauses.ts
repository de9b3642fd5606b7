/** Long work on the CPU, which says with `yield` where others may have a turn. */
export type Work<Result> = Generator<undefined, Result>;

/** Does all of it at once. */
export function atOnce<Result>(work: Work<Result>): Result {
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}

/** Lets timers, input and output have their turn at each `yield`. */
export async function withPauses<Result>(work: Work<Result>): Promise<Result> {
  let step = work.next();
  while (!step.done) {
    await nextTurn();
    step = work.next();
  }
  return step.value;
}

/** Browsers have no `setImmediate`; a message comes sooner than a timer, which they hold back. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
