import { appendFileSync, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { replaceFile } from '@llm-mde/checkpoints';
import type { MetricName } from '@llm-mde/metrics';

/** A line of `metrics.jsonl`: a step, or the validation after an epoch. It has no times, so that a resumed run writes the same lines. */
export type MetricsRow = StepRow | ValidationRow;

export interface StepRow {
  step: number;
  epoch: number;
  loss: number;
  gradientNorm: number;
  learningRate: number;
}

export interface ValidationRow extends Partial<Record<MetricName, number>> {
  step: number;
  epoch: number;
  /** Mean of the epoch's losses. */
  trainingLoss: number;
  validationLoss: number;
}

/** `metrics.jsonl`: one JSON object on each line. */
export class MetricsLog {
  private constructor(
    private readonly path: string,
    readonly rows: MetricsRow[],
  ) {}

  /**
   * Opens the log and keeps its first `rowCount` lines: later ones belong to steps that will be repeated.
   *
   * @throws if it has fewer lines.
   */
  static async open(path: string, rowCount: number): Promise<MetricsLog> {
    const text = existsSync(path) ? await readFile(path, 'utf8') : '';
    const lines = text.split('\n').slice(0, rowCount);
    if (lines.length < rowCount) {
      throw new Error(
        `${path} has ${lines.length} lines, but the checkpoint was saved after ${rowCount}: the file was changed.`,
      );
    }
    const kept = lines.map((line) => `${line}\n`).join('');
    if (kept !== text) await replaceFile(path, new TextEncoder().encode(kept));
    return new MetricsLog(
      path,
      lines.map((line) => JSON.parse(line)),
    );
  }

  append(row: MetricsRow): void {
    appendFileSync(this.path, `${JSON.stringify(row)}\n`);
    this.rows.push(row);
  }
}
