// What commands of READMEs need around them: files of the names that they use, and the demo's server.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from './workspace.mjs';

const temporary = mkdtempSync(join(tmpdir(), 'llm-mde-readmes-'));
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));

/** An environment that has `llm-mde`, as an install would. */
export const environment = { ...process.env, PATH: [binaries(), process.env.PATH].join(delimiter) };

function binaries() {
  const folder = join(temporary, 'bin');
  mkdirSync(folder);
  writeFileSync(join(folder, 'llm-mde'), `#!/bin/sh\nexec node ${join(ROOT, 'apps/trainer/dist/cli.js')} "$@"\n`);
  chmodSync(join(folder, 'llm-mde'), 0o755);
  return [folder, join(ROOT, 'node_modules/.bin')].join(delimiter);
}

let place;

/** A folder with what the trainer's README talks of: data sets, a run, a model, photos. */
export function trainerPlace() {
  place ??= makeTrainerPlace();
  return place;
}

function makeTrainerPlace() {
  const folder = join(temporary, 'trainer');
  mkdirSync(folder);
  const make = (command) => {
    const { status, stderr } = spawnSync(command, { cwd: folder, shell: true, encoding: 'utf8', env: environment });
    if (status !== 0) throw new Error(`${command}\n${stderr}`);
  };
  make('llm-mde data rooms my-rooms --count 84 --size 64x48 --seed 3');
  for (const file of ['nyu_depth_v2_labeled.mat', 'splits.mat'])
    copyFileSync(join(folder, 'my-rooms', file), join(folder, file));
  make('llm-mde train --data my-rooms --set training.epochs=1 --out runs/rooms-tiny');
  cpSync(join(folder, 'runs/rooms-tiny'), join(folder, 'runs/a'), { recursive: true });
  cpSync(join(folder, 'runs/rooms-tiny/best'), join(folder, 'my-model'), { recursive: true });
  const samples = join(ROOT, 'apps/demo/src/page/public/samples');
  copyFileSync(join(samples, 'kitchen.jpg'), join(folder, 'kitchen.jpg'));
  for (const name of ['photos', 'more']) cpSync(samples, join(folder, name), { recursive: true });
  return folder;
}

/**
 * Starts the demo as written, asks it what its README asks it, and stops it.
 *
 * @returns what went wrong; nothing if nothing did.
 */
export async function tryDemo(command, questions) {
  const server = spawn(command, { cwd: ROOT, shell: true, env: environment, detached: true });
  let output = '';
  const ended = new Promise((resolve) => server.once('close', resolve));
  const address = await new Promise((resolve) => {
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (text) => {
        output += text;
        const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
        if (found) resolve(found);
      });
    }
    ended.then(() => resolve(undefined));
  });
  try {
    if (address === undefined) return output;
    for (const question of questions) {
      const here = question.replace(/http:\/\/127\.0\.0\.1:\d+/, address);
      const options = { cwd: join(ROOT, 'apps/demo/src/page/public/samples'), shell: true, encoding: 'utf8' };
      // What it is answered goes nowhere.
      const { status, stderr } = spawnSync(here.replace(/> \S+$/, '--fail > /dev/null'), options);
      if (status !== 0) return `${here}\n${stderr}`;
    }
    return '';
  } finally {
    if (address !== undefined) process.kill(-server.pid, 'SIGTERM');
    await ended;
  }
}
