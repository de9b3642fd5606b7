import { finalPath } from '@llm-mde/checkpoints';

/** A mistake on the command line, as opposed to one in files: the exit code is 2. */
export class UsageError extends Error {}

/** The exit code of a wrong command line. */
export const USAGE = 2;

/** `1 frame`, `2 frames`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What an error says to a user. Errors of the system are told as what was wrong, where, and what to do. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path = 'The file' } = error as NodeJS.ErrnoException;
  const explain = code !== undefined && error.message.startsWith(`${code}:`) ? SYSTEM_ERRORS[code] : undefined;
  if (explain) return explain(finalPath(path));
  const text = error.message || error.name;
  return LIBRARY_OPTIONS.reduce((changed, [option, here]) => changed.replace(option, here), text);
}

const NOT_ALLOWED = (path: string) =>
  `${path} cannot be written: permission denied. Change its permissions, or choose another place with --out.`;

const SYSTEM_ERRORS: Record<string, (path: string) => string> = {
  ENOSPC: (path) => `${path} cannot be written: the disk is full. Free some space, or choose another disk with --out.`,
  EDQUOT: (path) => `${path} cannot be written: your disk quota is used up. Free some space, or choose another disk.`,
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  EROFS: (path) => `${path} cannot be written: the file system is read-only. Choose another place with --out.`,
  EEXIST: (path) => `${path} is a file, but a folder is needed: choose another name.`,
  ENOTDIR: (path) => `${path} lies in a file, but a folder is needed: choose another name.`,
  EISDIR: (path) => `${path} is a folder, but a file is needed: choose another name.`,
};

/** Options of the packages, and what the command line has instead. */
const LIBRARY_OPTIONS: readonly (readonly [RegExp, string])[] = [
  [/,? (?:and|or) name (?:it|this one) with the option (?:splits|lists)\b/, ''],
  [/; set the option .*$/, '.'],
  [/with the option trainScenes\b/, 'with --train-scenes, or --set data.trainScenes=<file> in training'],
];

/** Whether an error is about the whole disk or folder, not about what was to be written there. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && Object.hasOwn(SYSTEM_ERRORS, (error as NodeJS.ErrnoException).code ?? '');
}

/** Adds to errors of the system that name no path what was being written. */
export async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isSystemError(error)) (error as NodeJS.ErrnoException).path ??= path;
    throw error;
  }
}

/** A part of a command line as a shell takes it. */
export function quoted(text: string): string {
  return /^[\w./:=,@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
