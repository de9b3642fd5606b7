import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it, vi } from 'vitest';
import { Interrupted } from './interruption.js';
import { inParallel } from './parallel-processes.js';

const folder = folderOfFile();
const program = join(folder, 'program.mjs');
const all = { index: 0, count: 1 };

/** A program that does what the source says, with its `parameters` and its `part` of the work. */
function write(source: string): void {
  const head = `import { writeFileSync } from 'node:fs';
const parameters = process.argv.slice(2);
const part = parameters.at(-1);
const file = (name) => ${JSON.stringify(folder)} + '/' + name + '-' + part.replace('/', '-of-');
`;
  writeFileSync(program, head + source);
}

it('runs the command in as many processes, each with its shard and its threads, and shows what they say', async () => {
  write(
    `console.error('part ' + part); writeFileSync(file('done'), JSON.stringify([parameters, process.env.LLM_MDE_THREADS]));`,
  );
  const said: string[] = [];
  const log = vi.spyOn(console, 'error').mockImplementation((line) => said.push(line));
  vi.stubEnv('LLM_MDE_THREADS', '');
  await inParallel({
    jobs: 2,
    shard: { index: 1, count: 3 },
    command: [program, 'ablate', '--jobs', '2', '--shard', '2/3', '--seeds', '3'],
  });
  log.mockRestore();
  vi.unstubAllEnvs();
  expect(
    readdirSync(folder)
      .filter((name) => name.startsWith('done'))
      .sort(),
  ).toEqual(['done-2-of-6', 'done-5-of-6']);
  const [parameters, threads] = JSON.parse(readFileSync(join(folder, 'done-5-of-6'), 'utf8'));
  expect(parameters).toEqual(['ablate', '--seeds', '3', '--shard', '5/6']);
  expect(Number(threads)).toBeGreaterThanOrEqual(1);
  expect(said.sort()).toEqual(['1: part 2/6', '2: part 5/6']);
});

it('lets the others end where one fails, and says how many did', async () => {
  write(`if (part === '1/2') process.exit(3); setTimeout(() => writeFileSync(file('late'), ''), 300);`);
  await expect(inParallel({ jobs: 2, shard: all, command: [program] })).rejects.toThrow('1 of 2 processes failed');
  expect(readdirSync(folder)).toContain('late-2-of-2');
});

it('hands a signal on once, and is interrupted when all have saved', async () => {
  write(`let times = 0; process.on('SIGTERM', () => { times++; setTimeout(() => { writeFileSync(file('saved'), String(times)); process.exit(130); }, 200); });
console.error('ready'); setInterval(() => {}, 1000);`);
  let ready = 0;
  const log = vi.spyOn(console, 'error').mockImplementation(() => {
    if (++ready === 2) process.emit('SIGTERM', 'SIGTERM');
  });
  await expect(inParallel({ jobs: 2, shard: all, command: [program] })).rejects.toThrow(Interrupted);
  log.mockRestore();
  for (const part of ['1', '2']) expect(readFileSync(join(folder, `saved-${part}-of-2`), 'utf8')).toBe('1');
  expect(process.listenerCount('SIGTERM')).toBe(0);
});
