// `npm run bench`: forward pass, prediction and training step of LLM-MDE, on this project's engines and on PyTorch, in turns.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configure } from 'llm-mde';
import { findPython } from '../parity/python.mjs';
import { runCommand } from '../workspace/command.mjs';
import { CONFIGURATIONS } from './configuration.mjs';
import { enginesFor } from './engines.mjs';
import { describeMachine } from './machine.mjs';
import { table } from './report.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Steps longer than this, in seconds, are measured a few times only; much longer ones once, after that of the start-up. */
const LONG_STEP = 20;
const FEW_STEPS = 3;
const VERY_LONG_START = 90;

const ENGINES = ['compiled', 'native', 'wasm', 'eager', 'pytorch'];

const TASKS = {
  forward: {
    title: 'Forward pass',
    explanation:
      'The network in evaluation mode on prepared inputs, as it is trained: adapters beside the weights, prototypes computed each time.',
  },
  predict: {
    title: 'Prediction',
    explanation:
      'From images to metres at the images’ size, image preparation included; adapters merged, prototypes computed beforehand.',
  },
  train: {
    title: 'Training step',
    explanation:
      'From images and depth to updated weights: image preparation, forward, loss, backward, clipping, AdamW; dropout as configured.',
  },
};

let options;
await runCommand({
  name: 'npm run bench --',
  options: {
    'device NAME': 'what compiled functions run on: cpu (default) or webgpu; on webgpu PyTorch uses CUDA where it can',
    'steps N': `steps to measure (default: 12); one that takes over ${LONG_STEP} s is measured ${FEW_STEPS} times, over
${VERY_LONG_START} s with its start once`,
    'batch N': 'images in a step (default: 4)',
    'size NAME': 'of the model: base (default) or small',
    'only LIST': `comma separated: tasks (${Object.keys(TASKS).join(', ')}) and engines (${ENGINES.join(', ')})`,
    quick: 'a tiny model, to try the bench itself',
    'fine-tune': "training steps with the paper's batch of 32, in parts of 4 images, instead of the three tasks",
    'python PATH': `a Python that has PyTorch and the rest of tooling/parity/requirements.txt
(default: the private environment that npm run parity -- towers makes; where there is none, PyTorch is left out)`,
    'output FILE': 'where to write the report (default: docs/results/…; with --quick it is only printed)',
  },
  run(given) {
    options = { device: 'cpu', only: '', ...given };
    return main();
  },
});

async function main() {
  const setting = readSetting();
  const lines = [];
  const add = (...more) => {
    lines.push(...more);
    console.log(more.join('\n'));
  };
  add(`# ${setting.title}`, '', ...setting.introduction, '');
  add(`Command: \`${commandLine()}\``, '', ...describeMachine().map((line) => `- ${line}`));
  const libraries = new Set();
  for (const task of setting.tasks) {
    const [before] = loadavg();
    const results = await measure(task, setting);
    for (const { library } of results) if (library) libraries.add(library);
    add('', `## ${task.title}`, '', task.explanation, '');
    add(table(results, { batch: task.batch, unit: 'ms per step, median (range)' }), '');
    add(`Load average of the machine: ${before.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after.`);
  }
  add('', '## Libraries', '', ...[...libraries].map((library) => `- ${library}`));
  const output = options.output ?? (options.quick ? undefined : setting.output);
  if (output) write(resolve(ROOT, output), `${lines.join('\n')}\n`);
}

function readSetting() {
  const size = options.quick ? 'tiny' : (options.size ?? 'base');
  if (!Object.hasOwn(CONFIGURATIONS, size)) throw new Error(`--size is base or small, not ${size}.`);
  const batch = wholeNumber('batch', options['fine-tune'] ? 32 : 4);
  const steps = wholeNumber('steps', options['fine-tune'] ? 20 : 12);
  if (!['cpu', 'webgpu'].includes(options.device)) throw new Error(`--device is cpu or webgpu, not ${options.device}.`);
  const chosen = options.only.split(',').filter(Boolean);
  const tasks = Object.keys(TASKS);
  const unknown = chosen.find((name) => ![...tasks, ...ENGINES].includes(name));
  if (unknown) throw new Error(`--only takes ${[...tasks, ...ENGINES].join(', ')}, but was given ${unknown}.`);
  const chosenTasks = tasks.filter((task) => chosen.includes(task));
  const chosenEngines = ENGINES.filter((name) => chosen.includes(name));
  const python = chosenEngines.length === 0 || chosenEngines.includes('pytorch') ? findPyTorch() : undefined;
  const engines = enginesFor(options.device, python).filter(
    ({ name }) => chosenEngines.length === 0 || chosenEngines.some((part) => name.toLowerCase().includes(part)),
  );
  const enginesOf = (task) => engines.filter((engine) => engine.task === undefined || engine.task === task);
  const configuration = CONFIGURATIONS[size];
  const names = chosenTasks.length > 0 ? chosenTasks : tasks;
  const suffix = `${size === 'base' ? '' : `-${size}`}${options.device === 'cpu' ? '' : `-${options.device}`}`;
  const input = Array.isArray(configuration.imageSize)
    ? configuration.imageSize.toReversed().join(' × ')
    : `${configuration.imageSize}²`;
  const fineTuning = {
    title: `Training step of ${batch} images, in parts of 4`,
    explanation:
      'Gradients of the parts are added up; the optimizer takes one step for all. Where steps are long, PyTorch takes three.',
    spec: { configuration: configure(configuration, { optimization: { microBatchSize: 4 } }), batch, task: 'train' },
    batch,
    measuredThroughout: ({ name }) => name.startsWith('compiled'),
    // The eager engines say nothing new here and take an hour.
    engines: enginesOf('train').filter(({ name }) => chosenEngines.length > 0 || !name.startsWith('eager')),
  };
  return {
    title: options['fine-tune'] ? 'Fine-tuning at the paper’s batch size' : 'Engines compared',
    introduction: [
      `LLM-MDE at ${size} size with random weights, images of 640 × 480 pixels resized to ${input}.`,
      'Every engine has a process of its own; they take turns, step by step, and are compared by the median of wall-clock times.',
      'Processor seconds are those of all threads in a step; where other programs compute at the same time, they say more. Peak',
      "memory is the process' highest resident memory (VmHWM). Start-up is from starting the process to the end of its first step:",
      'loading, random weights, tracing, compiling. The longest pause is that of the main thread in a step, in which nothing else of the',
      'program gets a turn (the event loop’s delay; median over the steps). PyTorch has transformers and PEFT, SDPA attention, fused AdamW, inference mode; with',
      'bf16 it computes in autocast, with int8 by dynamic quantization of its linear layers; the fastest of them is what the others are compared with. Ours is float32,',
      'or has the towers’ frozen layers in 8 bits (int8).',
    ],
    steps,
    output: `docs/results/bench${options['fine-tune'] ? '-fine-tune' : ''}${suffix}.md`,
    tasks: options['fine-tune']
      ? [fineTuning]
      : names.map((task) => ({
          title: `${TASKS[task].title}, batch ${batch}`,
          explanation: TASKS[task].explanation,
          spec: { configuration, batch, task },
          batch,
          engines: enginesOf(task),
        })),
  };
}

/** All engines of a task: started one after the other, then measured in turns. */
async function measure({ title, spec, engines, measuredThroughout = () => false }, { steps }) {
  const results = [];
  for (const engine of engines) {
    progress(`${title}: start ${engine.name}`);
    try {
      const running = await engine.start(spec);
      results.push({
        name: engine.name,
        running,
        seconds: [],
        processorSeconds: [],
        pauses: [],
        startUp: running.startUp,
        library: running.library,
      });
    } catch (error) {
      results.push({ name: engine.name, reason: error.message });
    }
  }
  const measured = results.filter(({ running }) => running);
  for (let round = 0; round <= steps; round++) {
    for (const result of measured) {
      if (round === 0 && result.startUp > VERY_LONG_START) continue; // Its start was a step.
      if (!measuredThroughout(result) && hasEnough(result)) continue;
      progress(`${title}: round ${round} of ${steps}, ${result.name}`);
      const { seconds, processorSeconds, pause } = await result.running.step();
      if (round === 0) continue; // It warms up.
      result.seconds.push(seconds);
      result.processorSeconds.push(processorSeconds);
      if (pause !== undefined) result.pauses.push(pause);
    }
  }
  for (const result of measured) {
    result.peak = (await result.running.memory()).peak;
    await result.running.end();
  }
  progress('');
  return results;
}

/** Whether an engine whose steps are long has taken as many as it has to. */
function hasEnough({ startUp, seconds }) {
  if (startUp > VERY_LONG_START) return seconds.length >= 1;
  return seconds.length >= FEW_STEPS && seconds[0] > LONG_STEP;
}

function findPyTorch() {
  let path;
  try {
    const hasOwn = existsSync(resolve(ROOT, '.cache/parity/venv'));
    if (!options.python && !hasOwn) {
      console.log(
        'PyTorch is left out: name a Python that has it with --python, or run `npm run parity -- towers` once.\n',
      );
      return undefined;
    }
    path = findPython(options.python);
  } catch (error) {
    if (options.python) throw error;
    console.log(`PyTorch is left out: ${error.message}\n`);
    return undefined;
  }
  const { stdout } = spawnSync(path, ['-c', 'import torch; print(torch.cuda.is_available())'], { encoding: 'utf8' });
  return { path, hasCuda: stdout.trim() === 'True' };
}

/** Under another name first, then renamed. */
function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.partial`, text);
  renameSync(`${path}.partial`, path);
  console.log(`\nwritten to ${relative(process.cwd(), path)}`);
}

function wholeNumber(name, fallback) {
  const value = options[name] === undefined ? fallback : Number(options[name]);
  if (!(Number.isInteger(value) && value > 0))
    throw new Error(`--${name} is a whole positive number, not ${options[name]}.`);
  return value;
}

/** As it was given, without the paths of this machine. */
function commandLine() {
  const given = process.argv.slice(2).filter((argument, index, all) => !isPath(argument, all[index - 1]));
  return `npm run bench${given.length > 0 ? ` -- ${given.join(' ')}` : ''}`;
}

function isPath(argument, previous) {
  return /^--(python|output)/.test(argument) || previous === '--python' || previous === '--output';
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
