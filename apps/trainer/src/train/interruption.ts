/** A request to stop, which the training loop follows after the current step. */
export class Interruption {
  requested = false;

  /**
   * Handles Ctrl-C and the signal that schedulers send. A second one exits at once.
   *
   * @param say shows a message to the user.
   * @returns a function that removes the handlers.
   */
  listen(say: (sentence: string) => void): () => void {
    const listener = () => {
      if (this.requested) process.exit(INTERRUPTED);
      this.requested = true;
      say('Finishing this step and saving. Press Ctrl-C again to exit at once.');
    };
    for (const signal of SIGNALS) process.on(signal, listener);
    return () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    };
  }
}

/** The exit code of a program that Ctrl-C stopped. */
export const INTERRUPTED = 130;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
