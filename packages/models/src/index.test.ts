import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MODEL_NAMES, modelFolder } from './index.js';

it('knows the folder of each of its models, and of no other', async () => {
  for (const name of MODEL_NAMES) expect(existsSync(join((await modelFolder(name))!, 'config.json')), name).toBe(true);
  for (const name of ['medium', '..', 'tiny/..', '']) expect(await modelFolder(name)).toBeUndefined();
});
