import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import manifest from '../../package.json' with { type: 'json' };

/** A piece of work for any machine that sees the same files. What is in it is JSON. */
export interface Job<Work = unknown> {
  /** The same work has the same id: given twice, it is done once. */
  id: string;
  /** What people call it. */
  name: string;
  /** The version of the program that cut it, and of the one that may do it. */
  version: string;
  work: Work;
}

/** How jobs end, and what happens until then. Each job ends once: done or failed. */
export interface JobEvents<Work, Result> {
  onDone(job: Job<Work>, result: Result): void | Promise<void>;
  /** Nobody tries it again. */
  onFailed(job: Job<Work>, problem: string): void | Promise<void>;
  /** How many of its parts are done. */
  onProgress?(job: Job<Work>, done: number): void;
}

/** Does jobs, on this machine or on others. */
export interface JobQueue<Work, Result> {
  /** Resolves when every job has ended. */
  run(jobs: readonly Job<Work>[], events: JobEvents<Work, Result>): Promise<void>;
  close(): Promise<void>;
}

export const VERSION: string = manifest.version;

/** @param work all that its result depends on: what to do, with which files, and the digest of the model. */
export function createJob<Work>(name: string, work: Work): Job<Work> {
  const id = createHash('sha256')
    .update(JSON.stringify([VERSION, work]))
    .digest('hex')
    .slice(0, 40);
  return { id, name, version: VERSION, work };
}

/** A worker cannot do a job that another one may: it gives the job back. */
export class NotHere extends Error {
  /** @param isTemporary whether this machine can do it later: then it is tried for as long as it takes. @default false */
  constructor(
    message: string,
    readonly isTemporary = false,
  ) {
    super(message);
  }
}

/** @throws {NotHere} if the folder is not on this machine. */
export async function seesFolder(folder: string): Promise<void> {
  if ((await stat(folder).catch(() => undefined))?.isDirectory()) return;
  throw new NotHere(
    `${hostname()} does not see the folder ${folder}: a worker needs the same folders at the same paths as where the job was given, so mount it there.`,
  );
}
