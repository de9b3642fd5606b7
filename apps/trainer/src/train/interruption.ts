/** A request to stop, which the training loop follows after the current step. */
export class Interruption {
  requested = false;

  /**
   * Handles Ctrl-C, the signal that schedulers send, the end of the terminal, and that nobody reads the output any more. A second signal ends
   * the program at once.
   *
   * @param say shows a message to the user.
   * @param beforeEnd is called before the program ends at once.
   * @returns a function that removes the handlers.
   */
  listen(say: (sentence: string) => void, beforeEnd: () => void): () => void {
    const stop = () => {
      this.requested = true;
    };
    const listener = (signal: NodeJS.Signals) => {
      if (this.requested) {
        beforeEnd();
        stopListening();
        // By the signal itself: process.exit would abort while ONNX Runtime computes in another thread.
        process.kill(process.pid, signal);
        return;
      }
      stop();
      say('Finishing this step and saving. Press Ctrl-C again to exit at once.');
    };
    const stopListening = () => {
      for (const signal of SIGNALS) process.off(signal, listener);
      process.stdout.off('error', stop);
    };
    for (const signal of SIGNALS) process.on(signal, listener);
    process.stdout.on('error', stop);
    return stopListening;
  }

  /**
   * Called within work of which nothing is kept.
   *
   * @throws {Interrupted} if a stop was requested.
   */
  check(): void {
    if (this.requested) throw new Interrupted('Stopped.');
  }
}

export class Interrupted extends Error {}

/** The exit code of a program that Ctrl-C stopped. */
export const INTERRUPTED = 130;

/** What stops a run, which is then saved. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
