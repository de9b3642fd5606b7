import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const photo = fileURLToPath(new URL('../../demo/src/page/public/samples/kitchen.jpg', import.meta.url));
const KILLS = 30;
const FLIPS = 20;

it('a run that is killed at random moments and resumed leaves the same files, to the byte, as one left alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kill-and-resume-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const rooms = JSON.stringify({ count: 84, width: 48, height: 36, seed: 0 });
  const settings = [`data.rooms=${rooms}`, 'training.saveSteps=3', 'training.epochs=8'];
  const set = settings.flatMap((setting) => ['--set', setting]);
  const train = (out: string, killAfter?: number) =>
    run(folder, ['train', '--out', out, '--resume', ...set], killAfter);
  const started = performance.now();
  expect(await train('whole')).toBe(0);
  const duration = performance.now() - started;
  for (let kill = 0; kill < KILLS; kill++) {
    // Anywhere from the start of the program to well into training, so that the run seldom reaches its end.
    await train('killed', Math.random() * Math.min(duration, 2000 + (2.2 * duration) / KILLS));
  }
  expect(await train('killed')).toBe(0);
  const [whole, killed] = [filesOf(join(folder, 'whole')), filesOf(join(folder, 'killed'))];
  expect([...killed.keys()]).toEqual([...whole.keys()]);
  expect(whole.size).toBeGreaterThan(5);
  const different = [...whole].filter(([name, bytes]) => !bytes.equals(killed.get(name)!)).map(([name]) => name);
  expect(different).toEqual([]);
  expect(readdirSync(join(folder, 'data'))).toHaveLength(1);

  // One bit of a file of a checkpoint, chosen by chance: it is refused by name.
  // The page that people read is theirs to edit, and no program reads it.
  const files = [...whole.keys()].filter((name) => /^(last|best)[\\/](?!README\.md$)/.test(name));
  expect(files.map((name) => name.replaceAll('\\', '/'))).toContain('best/model-card.json');
  for (let flip = 0; flip < FLIPS; flip++) {
    // Each file at least once.
    const name = files[flip < files.length ? flip : Math.floor(Math.random() * files.length)]!;
    const damaged = Buffer.from(whole.get(name)!);
    damaged[Math.floor(Math.random() * damaged.length)]! ^= 1 << Math.floor(Math.random() * 8);
    writeFileSync(join(folder, 'whole', name), damaged);
    const [part, ...rest] = name.split(/[\\/]/);
    const parameters =
      part === 'last'
        ? ['train', '--out', 'whole', '--resume', ...set]
        : rest[0] === 'model-card.json'
          ? ['predict', 'whole', photo, '--out', 'x']
          : ['export', 'whole', '--to', 'peft', '--out', 'x'];
    const { status, stderr } = spawnSync(process.execPath, [cli, ...parameters], { cwd: folder, encoding: 'utf8' });
    expect([name, status]).toEqual([name, 1]);
    expect(stderr).toContain(rest.join('/'));
    writeFileSync(join(folder, 'whole', name), whole.get(name)!);
  }
}, 1_800_000);

/** Exit code of the program, null if it was killed, `killAfter` milliseconds after its start. */
function run(cwd: string, parameters: string[], killAfter?: number): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...parameters], { cwd, stdio: 'ignore' });
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

/** What a run leaves, by name. When and on what it ran, and TensorBoard's times, are its own. */
function filesOf(path: string): Map<string, Buffer> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ parentPath, name }) => relative(path, join(parentPath, name))).sort();
  const compared = names.filter((name) => !/^(environment\.json|report\.html|events\.out\.tfevents\..*)$/.test(name));
  return new Map(compared.map((name) => [name, readFileSync(join(path, name))]));
}
