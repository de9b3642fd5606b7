// What each part of the preset `small` brings on photographs: one training on rendered rooms for each row, which differs from the whole recipe in one
// thing. Interrupted, it goes on where it stopped: finished trainings and measurements are kept in the folder of the runs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@llm-mde/backend';
import { runCommand } from '../workspace/command.mjs';
import { readFrames } from './frames.mjs';
import { modelAt } from './model-at.mjs';
import { deviation, mean, means, scoreFrame } from './scores.mjs';

const CLI = fileURLToPath(new URL('../../apps/trainer/dist/cli.js', import.meta.url));

/** Of the short trainings. */
const WARMUP_STEPS = 20;

/** What each row sets beside the whole recipe; the last ones are trained with several seeds. */
const ROWS = [
  { name: "rooms and camera of NYU's kind only", set: ['data.rooms.variety=nyu'] },
  { name: 'rooms of the variety wide only', set: ['data.rooms.variety=wide'] },
  { name: 'no canonical camera', set: ['model.camera=null'] },
  { name: '308 × 224 pixels', set: ['model.imageSize=[224,308]', 'model.camera={"focalLength":267}'] },
  {
    name: 'flips alone as augmentation',
    set: ['training.augmentation={"rotation":false,"zoom":false,"photometric":false}'],
  },
  { name: 'no gradient matching', set: ['model.loss.gradientWeight=0'] },
  { name: "the vision tower's last block only", set: ['model.head.layers=[12]', 'model.head.channels=[384]'] },
  { name: 'the whole recipe', set: [], hasSeeds: true },
  { name: 'sigmoid output up to 10 m', set: ['model.head.output=sigmoid'], hasSeeds: true },
  { name: 'frozen vision tower', set: ['model.vision.lora=null'], hasSeeds: true },
  { name: 'no language model', set: ['model.language.mode=absent', 'model.language.lora=null'], hasSeeds: true },
];

const TITLE = `| | seeds | delta1, metres as they are | delta1, each photo's median scale | AbsRel |
| --- | ---: | ---: | ---: | ---: |`;

await runCommand({
  name: 'npm run bench -- ablation',
  options: {
    'folder FOLDER': 'photographs with depth, described by its manifest.jsonl',
    'out FOLDER': 'the runs and what was measured (default: runs/ablation)',
    'frames N': 'rendered rooms of each training (default: 600)',
    'epochs N': 'epochs of each training (default: 2)',
    'seeds N': 'seeds of the last rows (default: 3)',
    'rows LIST': 'numbers of the rows, from 1, comma separated (default: all)',
    'sets LIST': 'only these sets, comma separated',
    'least N': 'a set counts if it has so many frames (default: 4)',
  },
  async run({ folder, out = 'runs/ablation', frames = 600, epochs = 2, seeds = 3, rows, sets, least = 4 }) {
    if (!folder) throw new Error('Name the folder of photographs: --folder FOLDER, with a manifest.jsonl in it.');
    const photographs = await readFrames(folder, sets?.split(','));
    const chosen = rows ? rows.split(',').map((number) => ROWS[number - 1]) : ROWS;
    if (chosen.includes(undefined)) throw new Error(`--rows are numbers from 1 to ${ROWS.length}.`);
    mkdirSync(out, { recursive: true });
    const measured = [];
    for (const row of chosen) {
      const results = [];
      for (let seed = 0; seed < (row.hasSeeds ? Number(seeds) : 1); seed++) {
        const run = join(resolve(out), `${row.name.replaceAll(/[^\w]+/g, '-')}-${seed}`);
        const length = [
          `data.rooms.count=${frames}`,
          `training.epochs=${epochs}`,
          `training.warmupSteps=${WARMUP_STEPS}`,
        ];
        train(run, [...length, ...row.set], seed, out);
        results.push(await measure(run, photographs.frames, Number(least)));
      }
      measured.push({ ...row, results });
      console.error(line(measured.at(-1)));
    }
    console.log(`${TITLE}\n${measured.map(line).join('\n')}`);
  },
});

/** In the folder of the runs, where the rooms are rendered once for all. */
function train(run, settings, seed, cwd) {
  if (existsSync(join(run, 'results.json'))) return;
  const set = settings.flatMap((setting) => ['--set', setting]);
  const parameters = ['train', '--preset', 'small', '--out', run, '--resume', '--seed', String(seed), ...set];
  const { status } = spawnSync(process.execPath, [CLI, ...parameters], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`The training in ${run} failed.`);
}

async function measure(run, frames, least) {
  const file = join(run, 'photographs.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const device = await openDevice();
  const model = await modelAt(join(run, 'best'), device);
  const scores = [];
  for (const frame of frames) scores.push(scoreFrame(frame, await model.predict(frame), 10));
  await model.dispose();
  await device.close();
  const result = means(scores, least);
  writeFileSync(file, `${JSON.stringify(result)}\n`);
  return result;
}

/** A row of the table: means over the seeds, and the standard deviation between them. */
function line({ name, results }) {
  const cell = (key) => {
    const values = results.map((result) => result[key]);
    const middle = mean(values).toFixed(3);
    return values.length > 1 ? `${middle} ± ${deviation(values).toFixed(3)}` : middle;
  };
  return `| ${name} | ${results.length} | ${cell('delta1')} | ${cell('delta1OfShape')} | ${cell('absRel')} |`;
}
