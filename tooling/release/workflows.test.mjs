import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkWorkflows } from './workflows.mjs';

it('finds nothing wrong with ours, and a name that GitHub does not know', async () => {
  expect(await checkWorkflows()).toEqual([]);
  const folder = mkdtempSync(join(tmpdir(), 'workflows-'));
  try {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub Actions
    const steps = 'jobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.evnt }}\n';
    writeFileSync(join(folder, 'broken.yml'), `on: push\n${steps}`);
    const [problem, ...others] = await checkWorkflows(folder);
    expect(problem).toMatch(/^broken\.yml:6:\d+: property "evnt" is not defined/);
    expect(others).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
