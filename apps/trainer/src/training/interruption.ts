/** A wish to stop, which the training loop grants after the step that is under way. */
export class Interruption {
  requested = false;

  /**
   * Takes Ctrl-C and the signal that schedulers send. A second one ends the process at once.
   *
   * @param onRequest is told of the first.
   * @returns a function that gives the signals back.
   */
  listen(onRequest: () => void): () => void {
    const listener = () => {
      if (this.requested) process.exit(INTERRUPTED);
      this.requested = true;
      onRequest();
    };
    for (const signal of SIGNALS) process.on(signal, listener);
    return () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    };
  }
}

/** What a shell reports of a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
