import { DatasetError, type OnBadFrame, type SkippedFile } from '../dataset-error.js';
import type { FrameInfo } from '../frame.js';

/** Collects what is wrong while a data set is opened: stops at the first finding, or counts them all. */
export class Findings {
  readonly skipped: SkippedFile[] = [];
  readonly #onBadFrame: OnBadFrame;

  constructor(onBadFrame: OnBadFrame) {
    this.#onBadFrame = onBadFrame;
  }

  /** @throws DatasetError if bad frames are to stop it. */
  report(finding: SkippedFile): void {
    const { problem, file, frame } = finding;
    if (this.#onBadFrame === 'throw') throw new DatasetError(problem, frame === undefined ? { file } : { file, frame });
    this.skipped.push(finding);
  }

  /** Counts what the format itself leaves out, which is no mistake. */
  note(finding: SkippedFile): void {
    this.skipped.push(finding);
  }

  /** Keeps the first of the frames that have one id. */
  withoutDoubles<T extends { info: FrameInfo; file: string }>(found: readonly T[]): T[] {
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
