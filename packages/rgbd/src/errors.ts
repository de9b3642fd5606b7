export interface DatasetErrorDetails {
  /** The file as the user can find it; a member of an archive is `archive.tar › folder/member`. */
  file: string;
  /** The frame that can't be read because of it, if there is one. */
  frame?: string;
  cause?: unknown;
}

/** A file of a data set that is missing, broken or not what its name says. Whatever reading finds wrong with a file is one of these. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  readonly file: string;
  readonly frame: string | undefined;
  /** What is wrong, without the names. */
  readonly problem: string;

  /** @param problem what is wrong and what to do, as one or more whole sentences. */
  constructor(problem: string, { file, frame, cause }: DatasetErrorDetails) {
    super(`${frame === undefined ? '' : `Frame ${frame}: `}${file}: ${problem}`, cause === undefined ? {} : { cause });
    this.file = file;
    this.frame = frame;
    this.problem = problem;
  }

  /** The same error with the frame's id in its message. */
  inFrame(frame: string): DatasetError {
    return this.frame === undefined
      ? new DatasetError(this.problem, { file: this.file, frame, cause: this.cause })
      : this;
  }
}

/** What to do with a bad file: throw its error, or skip and count it. */
export type OnBadFrame = 'throw' | 'skip';

/** A file or frame that was skipped, and why. */
export interface SkippedFile {
  file: string;
  frame?: string;
  problem: string;
}

/** The problem of a file that is missing. */
export const NO_SUCH_FILE = 'There is no such file.';

/** Turns whatever a library threw into a {@link DatasetError} that names the file. */
export function badFile(error: unknown, file: string): DatasetError {
  if (error instanceof DatasetError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const message = error instanceof Error ? error.message : String(error);
  return new DatasetError(code === 'ENOENT' ? NO_SUCH_FILE : `It can't be read: ${sentence(message)}`, {
    file,
    cause: error,
  });
}

/** What an action returns; whatever it throws becomes a {@link DatasetError} that names the file. */
export async function inFile<T>(file: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw badFile(error, file);
  }
}

function sentence(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
