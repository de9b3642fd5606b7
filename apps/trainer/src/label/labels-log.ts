import { appendFileSync, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finalPath, replaceFile } from '@llm-mde/checkpoints';
import type { DepthUnit } from '@llm-mde/teachers';

const FORMAT = 'llm-mde labels 1';
const FILE = 'labels.jsonl';

/** The first line: what all labels of the folder have in common. */
export interface LabelsHeader {
  teacher: string;
  /** Of the teacher's files. */
  digest: string;
  /** The teacher's; null if unknown. */
  license: string | null;
  unit: DepthUnit;
  /** How far the nearest and the farthest pixel were said to be, in metres, for relative depth. */
  range: readonly [number, number] | null;
  size: number;
}

/** A line for each pair that is whole. */
export interface Label {
  /** Absolute path. */
  photo: string;
  id: string;
  width: number;
  height: number;
  /** Metres. */
  nearest: number;
  farthest: number;
}

/** `labels.jsonl`: which teacher labeled a folder, and which photo each pair is of. */
export class LabelsLog {
  private constructor(
    private readonly path: string,
    /** By id. */
    readonly labels: ReadonlyMap<string, Label>,
  ) {}

  /**
   * Opens the log of a folder, or begins one in a new or empty folder. What a killed program was writing is removed.
   *
   * @throws Error if the folder has something else in it, or labels of another teacher or with other options.
   */
  static async open(folder: string, header: LabelsHeader): Promise<LabelsLog> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, FILE);
    const first = JSON.stringify({ format: FORMAT, ...header });
    if (!existsSync(path)) {
      const others = (await readdir(folder))
        .filter((name) => name !== 'labels.lock' && finalPath(name) === name)
        .sort();
      if (others.length > 0) {
        throw new Error(
          `The folder ${folder} has ${others[0]} in it and no ${FILE}: choose an empty one or a new one.`,
        );
      }
      await replaceFile(path, `${first}\n`);
      return new LabelsLog(path, new Map());
    }
    const text = await readFile(path, 'utf8');
    const lines = text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1);
    checkHeader(folder, lines[0], header);
    const labels = new Map<string, Label>();
    for (const line of lines.slice(1)) {
      const label = parsed(line) as Label | undefined;
      if (typeof label?.id === 'string') labels.set(label.id, label);
    }
    // The end of a line that a killed program began.
    if (!text.endsWith('\n')) await replaceFile(path, lines.map((line) => `${line}\n`).join(''));
    await removeUnfinished(folder);
    return new LabelsLog(path, labels);
  }

  append(label: Label): void {
    appendFileSync(this.path, `${JSON.stringify(label)}\n`);
  }
}

function checkHeader(folder: string, line: string | undefined, header: LabelsHeader): void {
  const found = parsed(line ?? '') as (LabelsHeader & { format?: string }) | undefined;
  if (found?.format !== FORMAT)
    throw new Error(`${join(folder, FILE)} is not of llm-mde data label: choose another --out.`);
  const changed = (['digest', 'range', 'size'] as const).find(
    (key) => JSON.stringify(found[key]) !== JSON.stringify(header[key]),
  );
  if (changed === undefined) return;
  const what = {
    digest: `by another teacher, ${found.teacher}`,
    range: found.range ? `with --range ${found.range.join(',')}` : 'without --range',
    size: `with --size ${found.size}`,
  }[changed];
  throw new Error(`The photos in ${folder} were labeled ${what}: choose another --out.`);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** By their names: nothing else is called so. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const kind of ['images', 'depth']) {
    if (!existsSync(join(folder, kind))) continue;
    for (const entry of await readdir(join(folder, kind), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && finalPath(entry.name) !== entry.name) await rm(join(entry.parentPath, entry.name));
    }
  }
}
