import { mkdtempSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach } from 'vitest';

/** A folder of its own for each test. */
export function temporaryFolder(): { readonly path: string } {
  let path = '';
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'llm-mde-test-'));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
  };
}

/** A folder that is removed after the file's tests. */
export function folderOfFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'llm-mde-test-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
