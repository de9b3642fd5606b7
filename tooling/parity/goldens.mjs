import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseGoldens } from './parse-goldens.mjs';

/** The goldens of one folder (see `parseGoldens`). */
export function readGoldens(folder) {
  return parseGoldens(
    readFileSync(join(folder, 'goldens.json'), 'utf8'),
    readFileSync(join(folder, 'goldens.safetensors')),
  );
}
