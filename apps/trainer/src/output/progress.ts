import { SingleBar } from 'cli-progress';

export interface ProgressBar {
  /** Shows a bar, or moves the one of this title. */
  show(title: string, value: number, total: number, text?: string): void;
  /** Prints a line that stays. */
  note(text: string): void;
  /** Removes the bar. */
  end(): void;
}

/** Without a terminal, how often a line is printed. */
const SECONDS_BETWEEN_LINES = 10;

/** A progress bar on standard error; where that is no terminal, a line from time to time. */
export function progressBar(): ProgressBar {
  let bar: SingleBar | undefined;
  let shown = '';
  let lastLine = performance.now();
  const end = () => {
    bar?.stop();
    bar = undefined;
    shown = '';
  };
  return {
    show(title, value, total, text = '') {
      if (!process.stderr.isTTY) {
        if (performance.now() - lastLine < 1000 * SECONDS_BETWEEN_LINES) return;
        lastLine = performance.now();
        console.error(`${title}: ${value} of ${total}  ${text}`.trimEnd());
        return;
      }
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
