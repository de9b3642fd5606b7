/**
 * Watches a client that may stop to send or to read.
 *
 * @param check is told a few times a second for how long nothing has happened.
 */
export function watchIdle(check: (milliseconds: number) => void): { reset(): void; end(): void } {
  let since = performance.now();
  const timer = setInterval(() => check(performance.now() - since), 200);
  return {
    reset: () => {
      since = performance.now();
    },
    end: () => clearInterval(timer),
  };
}
