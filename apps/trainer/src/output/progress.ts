import { SingleBar } from 'cli-progress';

export interface ProgressBar {
  /** Shows a bar, or moves the one of this title. */
  show(title: string, value: number, total: number, text?: string): void;
  /** Prints a line that stays. */
  note(text: string): void;
  /** Removes the bar. */
  end(): void;
}

/** A progress bar on standard error; without a terminal only the notes. */
export function progressBar(): ProgressBar {
  let bar: SingleBar | undefined;
  let shown = '';
  const end = () => {
    bar?.stop();
    bar = undefined;
    shown = '';
  };
  return {
    show(title, value, total, text = '') {
      if (!process.stderr.isTTY) return;
      if (shown !== title) {
        end();
        bar = new SingleBar({
          format: `${title} {bar} {value}/{total} {text}`,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          barsize: 24,
          hideCursor: true,
          clearOnComplete: true,
          stopOnComplete: false,
          linewrap: false,
          gracefulExit: false,
        });
        bar.start(total, value, { text });
        shown = title;
      }
      bar!.update(value, { text });
    },
    note(text) {
      end();
      console.error(text);
    },
    end,
  };
}
