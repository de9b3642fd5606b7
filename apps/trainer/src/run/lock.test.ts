import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';
import { acquireLock, isLocked } from './lock.js';

const folder = folderOfFile();
const write = (name: string, holder: object) => {
  writeFileSync(join(folder, name), JSON.stringify({ host: hostname(), started: null, ...holder }));
  return join(folder, name);
};

it('is held until it is released, by a process that is named', async () => {
  const path = join(folder, 'a.lock');
  const release = await acquireLock(path, 'The folder a');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
  await expect(acquireLock(path, 'The folder a')).rejects.toThrow(
    `The folder a is in use by process ${process.pid} on ${hostname()}: wait until that ends`,
  );
  await release();
  expect(existsSync(path)).toBe(false);
  await (await acquireLock(path, 'a'))();
});

it('is taken over from a process that was killed, and from an earlier one of the same number', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const path = write('killed.lock', { pid: child.pid });
  expect(await isLocked(path)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await isLocked(path)).toBe(false);
  await (await acquireLock(path, 'a'))();
  expect(readdirSync(folder)).toEqual([]);
  // Where the system says when a process started.
  if (existsSync('/proc/self/stat')) {
    expect(await isLocked(write('other.lock', { pid: process.pid, started: 'before' }))).toBe(false);
  }
});

it('is believed of another machine as long as it shows signs of life', async () => {
  const path = write('remote.lock', { pid: 1, host: 'another-machine' });
  await expect(acquireLock(path, 'a')).rejects.toThrow('process 1 on another-machine');
  utimesSync(path, new Date(), new Date(Date.now() - 1000 * 100));
  await (await acquireLock(path, 'a'))();
});
