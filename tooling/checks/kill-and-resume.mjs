// Kills a training run twenty times at random moments (SIGKILL), resumes it each time, and compares what it leaves, to the byte, with the same run
// left alone: npm run check:resume [-- --kills 20] [--seed 1] [--device cpu]
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    device: { type: 'string', default: 'auto' },
  },
});
const cli = resolve(fileURLToPath(import.meta.url), '../../../apps/trainer/dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'kill-and-resume-'));
const random = mulberry32(Number(values.seed));
const settings = { 'data.rooms': { count: 84, width: 48, height: 36, seed: 0 }, 'training.saveSteps': 3 };
const parameters = (out) => [
  ...[cli, 'train', '--out', join(folder, out), '--resume', '--device', values.device, '--set', 'training.epochs=8'],
  ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${JSON.stringify(value)}`]),
];

try {
  const began = performance.now();
  run(parameters('whole'));
  const seconds = (performance.now() - began) / 1000;
  console.log(`Left alone: ${seconds.toFixed(1)} s`);
  const kills = Number(values.kills);
  const done = [];
  for (let kill = 0; kill < kills; kill++) {
    // Anywhere from the start of the program to well into training, so that twenty of them seldom reach the end.
    const milliseconds = Math.round(random() * 1000 * Math.min(seconds, 2 + (2.2 * seconds) / kills));
    done.push(
      `${(milliseconds / 1000).toFixed(1)} s${(await killAfter(parameters('killed'), milliseconds)) ? '' : ' (over)'}`,
    );
  }
  console.log(`Killed after ${done.join(', ')}`);
  run(parameters('killed'));
  compare();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command) {
  const { status, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The run ended with ${status}:\n${stderr}`);
}

/** @returns whether the program was still running. */
function killAfter(command, milliseconds) {
  return new Promise((settle) => {
    const child = spawn(process.execPath, command, { cwd: folder, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    child.on('exit', (_status, signal) => {
      clearTimeout(timer);
      settle(signal === 'SIGKILL');
    });
  });
}

function compare() {
  const [whole, killed] = ['whole', 'killed'].map((name) => filesOf(join(folder, name)));
  const names = new Set([...whole.keys(), ...killed.keys()]);
  const different = [...names].filter((name) => !whole.get(name)?.equals(killed.get(name) ?? Buffer.of()));
  console.log(
    `${names.size - different.length} of ${names.size} files are equal to the byte: ${[...names].sort().join(', ')}`,
  );
  if (different.length > 0) {
    console.error(`Different, or in one folder only: ${different.join(', ')}`);
    process.exitCode = 1;
  }
}

/** What a run leaves. When and on what it ran, and TensorBoard's times, are its own. */
function filesOf(path) {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ parentPath, name }) => relative(path, join(parentPath, name)));
  const compared = names.filter((name) => !/^(environment\.json|report\.html|events\.out\.tfevents\..*)$/.test(name));
  return new Map(compared.map((name) => [name, readFileSync(join(path, name))]));
}

/** A small generator of random numbers from 0 to 1, the same on every machine. */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
