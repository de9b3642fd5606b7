import { DatasetError, type OnBadFrame, type SkippedFile } from '../errors.js';
import type { FrameInfo } from '../types.js';

/** Collects what is wrong while a data set is opened: throws the first finding, or counts them all. */
export class Findings {
  readonly skipped: SkippedFile[] = [];
  readonly #onBadFrame: OnBadFrame;

  constructor(onBadFrame: OnBadFrame) {
    this.#onBadFrame = onBadFrame;
  }

  /** @throws DatasetError if onBadFrame is 'throw'. */
  report(finding: SkippedFile): void {
    if (this.#onBadFrame === 'throw') throw new DatasetError(finding.problem, finding);
    this.skipped.push(finding);
  }

  /** Counts what the format itself omits, which is no error. */
  note(finding: SkippedFile): void {
    this.skipped.push(finding);
  }

  /** Keeps the first of the frames that share an id. */
  withoutDuplicates<T extends { info: FrameInfo; file: string }>(found: readonly T[]): T[] {
    const seen = new Map<string, string>();
    return found.filter(({ info, file }) => {
      const first = seen.get(info.id);
      if (first === undefined) seen.set(info.id, file);
      else this.report({ file, frame: info.id, problem: `The same frame is already in ${first}.` });
      return first === undefined;
    });
  }
}

/** Order by code units: the same on every machine, whatever its language. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
