/**
 * Lets timers, input and output run before long work on the CPU continues. Browsers have no `setImmediate`; a message comes sooner than a
 * timer, which they throttle.
 */
export function nextTurn(): Promise<void> {
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
