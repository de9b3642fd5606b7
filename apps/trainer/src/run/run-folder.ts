import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import { checkTrainingConfiguration } from '../config/resolve.js';
import type { TrainingConfiguration } from '../config/schema.js';

/** The folder of a run: the paths of its files. */
export class RunFolder {
  constructor(readonly path: string) {}

  /** The checkpoint to resume from. */
  get last(): string {
    return join(this.path, 'last');
  }

  /** The model of the epoch with the lowest validation loss. */
  get best(): string {
    return join(this.path, 'best');
  }

  get configuration(): string {
    return join(this.path, 'configuration.json');
  }

  get environment(): string {
    return join(this.path, 'environment.json');
  }

  get metrics(): string {
    return join(this.path, 'metrics.jsonl');
  }

  get results(): string {
    return join(this.path, 'results.json');
  }

  get report(): string {
    return join(this.path, 'report.html');
  }

  /** Whether a run was started here. */
  get isRun(): boolean {
    return existsSync(this.configuration);
  }

  async create(configuration: TrainingConfiguration): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await writeJson(this.configuration, configuration);
  }

  async readConfiguration(): Promise<TrainingConfiguration> {
    return checkTrainingConfiguration(await readJson(this.configuration), this.configuration);
  }
}

export async function writeJson(path: string, value: unknown): Promise<void> {
  await replaceFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new Error(`${path} cannot be read (${error.code ?? error.message}).`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}.`);
  }
}
