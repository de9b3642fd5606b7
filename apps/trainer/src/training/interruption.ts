/** A wish to stop, which the training loop grants after the step that is under way. */
export class Interruption {
  requested = false;

  /**
   * Takes Ctrl-C and the signal that schedulers send. A second one ends the process at once.
   *
   * @param say shows the user what the first one leads to.
   * @returns a function that gives the signals back.
   */
  listen(say: (sentence: string) => void): () => void {
    const listener = () => {
      if (this.requested) process.exit(INTERRUPTED);
      this.requested = true;
      say('Finishing this step, then saving. Ctrl-C again ends at once.');
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
