import { readFile } from 'node:fs/promises';
import { replaceFile } from '@llm-mde/checkpoints';
import { DatasetError, inFile } from '../errors.js';

/** Ids of frames, and how they were chosen. */
export interface FrameList {
  ids: string[];
  /** Anything worth keeping with them: seed, split, data set. One line each. */
  metadata: Record<string, string>;
}

/**
 * The text of a list: lines `# name: value` for the metadata, then one id per line.
 *
 * @throws TypeError if an id or a value can't be represented.
 */
export function formatFrameList({ ids, metadata }: FrameList): string {
  const lines = Object.entries(metadata).map(([name, value]) => {
    if (/[:\r\n]/.test(name) || /[\r\n]/.test(value) || name.trim() !== name || value.trim() !== value) {
      throw new TypeError(
        `The metadata ${JSON.stringify(name)} can't be written: it must be one line, and its name without a colon.`,
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

/** Parses {@link formatFrameList}'s text, and any text with one id per line. @throws DatasetError if it is empty or has an id twice. */
export function parseFrameList(text: string, file: string): FrameList {
  const list: FrameList = { ids: [], metadata: {} };
  const seen = new Set<string>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    const field = /^#\s*([^:]+):\s*(.*)$/.exec(line);
    if (field) list.metadata[field[1]!.trim()] = field[2]!;
    if (line === '' || line.startsWith('#')) continue;
    if (seen.has(line)) throw new DatasetError(`Line ${index + 1} repeats the frame ${line}.`, { file });
    seen.add(line);
    list.ids.push(line);
  }
  if (list.ids.length === 0) throw new DatasetError('The list has no frames.', { file });
  return list;
}

/** Writes a list to a file, completely or not at all; creates its folder. */
export async function writeFrameList(file: string, list: FrameList): Promise<void> {
  await replaceFile(file, formatFrameList(list));
}

/** @throws DatasetError if the file is missing, empty, or has a frame twice. */
export async function readFrameList(file: string): Promise<FrameList> {
  const text = await inFile(file, () => readFile(file, 'utf8'));
  return parseFrameList(text, file);
}
