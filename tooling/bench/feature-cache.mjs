// Two runs of `llm-mde train` with a frozen vision tower, one with a cache of its features and one without. They take turns, epoch by epoch: while
// one computes, the other is stopped. After the first epoch, which fills the cache, times and losses are compared. Needs signals: not on Windows.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openNyu, writeLabeled } from '@llm-mde/nyu';
import { generateFrames } from '@llm-mde/rooms';
import { inTemporaryFolder, runCommand } from '../workspace/command.mjs';
import { describeMachine } from './machine.mjs';
import { median } from './report.mjs';

const CLI = fileURLToPath(new URL('../../apps/trainer/dist/cli.js', import.meta.url));
/** Frames for validation, and as many for the test. */
const HELD_OUT = 4;
/** Of a second, in /proc/PID/stat. */
const TICKS = 100;

await runCommand({
  name: 'npm run bench -- feature-cache',
  options: {
    'preset NAME': 'the preset of the runs (default: small; its towers from the hub, or where LLM_MDE_TOWERS says)',
    'frames N': 'training frames, rendered rooms of 320 by 240 (default: 1000)',
    'batch N': 'images in a step (default: 8)',
    'epochs N': 'epochs to measure after the first (default: 2)',
  },
  run: ({ preset = 'small', frames = 1000, batch = 8, epochs = 2 }) =>
    inTemporaryFolder((folder) => main(folder, preset, Number(frames), Number(batch), Number(epochs))),
});

async function main(folder, preset, frames, batch, epochs) {
  const base = await configuration(folder, frames, batch, epochs);
  const start = (name, featureCache) => startRun(folder, name, preset, { ...base, featureCache });
  const runs = [start('without a cache', null), start('with a cache', { variants: 1, maxGigabytes: 100 })];
  try {
    for (let epoch = 1; epoch <= epochs + 1; epoch++) {
      for (const run of runs) {
        await run.epoch();
        const { seconds, processorSeconds } = run.epochs.at(-1);
        console.log(`epoch ${epoch} ${run.name}: ${seconds.toFixed(1)} s, ${processorSeconds.toFixed(1)} processor s`);
      }
    }
    console.log(`\n${report(runs, { preset, frames, batch }).join('\n')}`);
  } finally {
    for (const run of runs) run.end();
  }
}

/** Writes the frames; no augmentation, so that both runs see the same images in every epoch. */
async function configuration(folder, frames, batch, epochs) {
  const path = join(folder, 'rooms.mat');
  await writeLabeled(path, generateFrames({ count: frames + 2 * HELD_OUT, width: 320, height: 240, seed: 1 }));
  const dataset = await openNyu(path);
  const ids = dataset.frames.map(({ id }) => id);
  await dataset.close();
  const [validation, test] = [ids.slice(frames, frames + HELD_OUT), ids.slice(frames + HELD_OUT)];
  return {
    data: { path, splitBy: 'frame', train: ids.slice(0, frames), validation, test },
    training: { epochs: epochs + 1, batchSize: batch, augmentation: null, earlyStoppingPatience: null },
  };
}

/** A run that is stopped between its epochs. */
function startRun(folder, name, preset, { data, training, featureCache }) {
  const file = join(folder, `${name}.json`);
  writeFileSync(
    file,
    JSON.stringify({ model: { vision: { lora: null } }, data, training: { ...training, featureCache } }),
  );
  const parameters = ['train', '--preset', preset, '--config', file, '--out', join(folder, name), '--json'];
  let child;
  let lines;
  const run = { name, epochs: [], losses: [], epoch, end: () => child?.kill('SIGKILL') };
  return run;

  /** From here to the epoch's last step: reading frames, and training steps. */
  async function epoch() {
    if (child) child.kill('SIGCONT');
    else {
      child = spawn(process.execPath, [CLI, ...parameters], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
      lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    }
    const [started, used] = [performance.now(), processorSeconds(child.pid)];
    let ended;
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`The run ${name} ended before its epochs were measured.`);
      const { event, loss } = JSON.parse(value);
      if (event === 'step') {
        run.losses.push(loss);
        ended = { seconds: (performance.now() - started) / 1000, processorSeconds: processorSeconds(child.pid) - used };
      }
      if (event === 'validation') break;
    }
    child.kill('SIGSTOP');
    run.epochs.push(ended);
  }
}

function report([without, cached], { preset, frames, batch }) {
  const measured = (run, what) => median(run.epochs.slice(1).map((epoch) => epoch[what]));
  const row = (run) => [
    run.name,
    ...['seconds', 'processorSeconds'].map((what) => measured(run, what).toFixed(1)),
    run.epochs[0].processorSeconds.toFixed(1),
  ];
  const ratio = (what) => (measured(cached, what) / measured(without, what)).toFixed(2);
  const differences = cached.losses.map((loss, step) => Math.abs(loss / without.losses[step] - 1));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    `An epoch of preset ${preset} with a frozen vision tower over ${frames} frames in batches of ${batch}; medians of ${cached.epochs.length - 1} epochs.`,
    '',
    line(['', 's', 'processor s', 'processor s of the first epoch, with start-up']),
    line(['---', '---:', '---:', '---:']),
    line(row(without)),
    line(row(cached)),
    line(['ratio', ratio('seconds'), ratio('processorSeconds'), '']),
    '',
    `Losses of ${differences.length} steps differ by at most ${(100 * Math.max(...differences)).toPrecision(2)} %, by ${(100 * median(differences)).toPrecision(2)} % in the median.`,
    `Load average of the machine in the end: ${loadavg()[0].toFixed(1)}.`,
    ...describeMachine().map((fact) => `- ${fact}`),
  ];
}

/** Of all threads of a process so far; NaN where the system does not say. */
function processorSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return Number.NaN;
  }
}
