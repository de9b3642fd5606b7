import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { builtModule } from './worker-pool.js';

it('is closed before the process ends, also while results arrive', () => {
  // A program of its own: nothing else keeps it alive.
  const program = `
    import { WorkerPool } from '${builtModule('index.js', import.meta.url).href}';
    const module = new URL('data:text/javascript,export const start = async () => ({ run: (task) => task })');
    const pool = new WorkerPool({ size: 1, start: undefined, module });
    await pool.run('started');
    pool.run('its result waits to be read').catch(() => {});
    for (const end = Date.now() + 200; Date.now() < end; );
    await pool.close();
    console.log('closed');`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect([stdout, status]).toEqual(['closed\n', 0]);
});
