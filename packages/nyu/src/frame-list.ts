import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { badFile, DatasetError } from './dataset-error.js';

/** Ids of frames, and what they were drawn by. */
export interface FrameList {
  ids: string[];
  /** Anything worth keeping with them: seed, split, data set. One line each. */
  facts: Record<string, string>;
}

/**
 * The text of a list: lines `# name: value` for the facts, then one id on each line.
 *
 * @throws TypeError if an id or a fact would not come back as it is.
 */
export function formatFrameList({ ids, facts }: FrameList): string {
  const lines = Object.entries(facts).map(([name, value]) => {
    if (/[:\r\n]/.test(name) || /[\r\n]/.test(value) || name.trim() !== name || value.trim() !== value) {
      throw new TypeError(
        `The fact ${JSON.stringify(name)} can't be written: it must be one line, and its name without a colon.`,
      );
    }
    return `# ${name}: ${value}`;
  });
  for (const id of ids) {
    if (id.trim() !== id || id === '' || id.startsWith('#') || /[\r\n]/.test(id)) {
      throw new TypeError(`The id ${JSON.stringify(id)} can't be written to a list.`);
    }
  }
  return [...lines, ...ids, ''].join('\n');
}

/** Reads {@link formatFrameList}'s text, and any text with an id on each line. Ids that come twice are refused. */
export function parseFrameList(text: string, file: string): FrameList {
  const list: FrameList = { ids: [], facts: {} };
  const seen = new Set<string>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    const fact = /^#\s*([^:]+):\s*(.*)$/.exec(line);
    if (fact) list.facts[fact[1]!.trim()] = fact[2]!;
    if (line === '' || line.startsWith('#')) continue;
    if (seen.has(line)) throw new DatasetError(`Line ${index + 1} names frame ${line} again.`, { file });
    seen.add(line);
    list.ids.push(line);
  }
  if (list.ids.length === 0) throw new DatasetError('The list names no frame.', { file });
  return list;
}

/** Writes a list to a file, whole or not at all; folders are made. */
export async function writeFrameList(file: string, list: FrameList): Promise<void> {
  const text = formatFrameList(list);
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** @throws DatasetError if the file is missing, empty, or names a frame twice. */
export async function readFrameList(file: string): Promise<FrameList> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw badFile(error, file);
  }
  return parseFrameList(text, file);
}
