/** A part of a command, for a worker: a training, or a shard of an evaluation. */
export interface CommandWork {
  kind: 'command';
  /** Parameters of llm-mde, with the shard. */
  parameters: readonly string[];
  /** The folder in which it was given: paths in the parameters are relative to it. */
  directory: string;
  /** Where its results go, which every machine sees. */
  folder: string;
  /** Held by a process that already does it, such as the lock of a run. */
  lock?: string;
}
