// Every command that a README names is run: by a test or a job of CI, which the table below names, or here. Ends with status 1 at a command that is
// in neither, and at one that fails. The packages must be built.
//
//     npm run test:readmes -- [--list] [--only TEXT] [--python PATH]
//
// --list runs nothing; --only takes the commands that have the text in them; --python has PyTorch, see tooling/parity.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { environment, trainerPlace, tryDemo } from './readme-places.mjs';
import { ROOT } from './workspace.mjs';

/** What `--preset paper` is on a small machine without the hub: towers that Python's transformers wrote, and an epoch. */
const SMALL_PAPER = [
  `model.vision.pretrained=${join(ROOT, 'packages/vision-encoder/fixtures/tiny-vit')}`,
  `model.language.pretrained=${join(ROOT, 'packages/language-model/fixtures/tiny-bert')}`,
  'model.imageSize=32',
  'model.prompt.style=none',
  'training.epochs=1',
];
const settings = (list) => list.map((setting) => ` --set ${setting}`).join('');
const SHARDS = '2 1 3 4 5 6 7 8';

/**
 * The first pattern that fits decides. `by`: the file that runs it. `run`: it is run here, as written, as given, or as a function makes it of what is written.
 * `python`: only with --python. `trainer`: among the files that the trainer's README talks of. `demo`: a server, which is asked what follows in the README.
 */
const RULES = [
  { pattern: /^npm run demo$/, demo: true },
  { pattern: /^curl /, by: 'tooling/release/readme-places.mjs' },
  { pattern: /^cat kitchen\.jpg \| llm-mde predict/, trainer: true, run: true },
  { pattern: /^npm run demo:load$/, run: 'npm run demo:load -- --clients 8 --seconds 5' },
  { pattern: /^npm run docs:demo$/, by: 'apps/demo/src/demo.browser.test.ts' },
  { pattern: /^npm run check:resume$/, run: 'npm run check:resume -- --kills 2' },
  { pattern: /^npm run bench$/, run: 'npm run bench -- --quick --steps 1 --only compiled' },
  {
    pattern: /^LLM_MDE_TEST_ALL=1 npx vitest run bad-requests$/,
    by: 'apps/demo/src/server/bad-requests.test.ts',
  },
  // The names of commands, in the text.
  { pattern: /^llm-mde (train|reproduce|export|evaluate|merge|predict|data)$/, run: (line) => `${line} --help` },
  { pattern: /^llm-mde train .*--preset paper/, trainer: true, run: (line) => line + settings(SMALL_PAPER) },
  { pattern: /^llm-mde train .*--from/, trainer: true, run: (line) => `${line} --set training.epochs=1 --out runs/b` },
  { pattern: /^llm-mde reproduce .*--preset paper/, by: 'apps/trainer/src/reproduce/reproduce.test.ts' },
  {
    pattern: /^llm-mde reproduce /,
    trainer: true,
    run: (line) => `${line} --data my-rooms --seeds 1 --set training.epochs=1 --set training.batchSize=16`,
  },
  {
    pattern: /^llm-mde evaluate .*--shard 2\/8/,
    trainer: true,
    run: (line) =>
      `for i in ${SHARDS}; do ${line.replace('2/8', '$i/8').replace('2.json', '$i.json')} --data my-rooms; done`,
  },
  { pattern: /^llm-mde (train|export|evaluate|merge|predict|data) /, trainer: true, run: true },
  { pattern: /^npm install (--global )?(@llm-mde\/|llm-mde)/, by: 'tooling/release/packed.mjs' },
  { pattern: /^npm install sharp$/, by: 'tooling/release/packed.mjs' },
  {
    pattern: /^(npm test|npm run build|pnpm install|apt-get install |LLM_MDE_DEVICE=wasm npm test)/,
    by: '.github/workflows/ci.yml',
  },
  {
    pattern: /^npm run (check:release|test:packed|test:readmes|licenses|docs|docs:pictures)\b/,
    by: '.github/workflows/ci.yml',
  },
  { pattern: /^npm run (version-packages|release)$/, by: '.github/workflows/release.yml' },
  { pattern: /^(PIP_INDEX_URL=\S+ )?npm run native/, by: 'tooling/native/native.test.mjs' },
  {
    pattern: /^(npm start|npm run doctor|npm run release -- --dry-run|npm run parity -- --(help|goldens .*))$/,
    run: true,
  },
  { pattern: /^llm-mde doctor( --json)?$/, run: true },
  { pattern: /^node tooling\/checks\/imports\.mjs$/, run: true },
  { pattern: /^node tooling\/release\/manifests\.mjs --fix$/, run: 'node tooling/release/manifests.mjs' },
  { pattern: /^npm run format$/, run: 'npx biome check .' },
  { pattern: /^(npx changeset|npm run changeset)$/, run: 'npx changeset status' },
  { pattern: /^npm run build && npm run contact-sheet/, run: 'npm run contact-sheet -- --seed 2', folder: true },
  { pattern: /^node bench\//, run: true, folder: true },
  {
    pattern: /^python tooling\/parity\/tensorboard-check\.py FOLDER$/,
    python: true,
    run: (line) =>
      line.replace('python tooling/parity/', 'python ').replace('FOLDER', `${trainerPlace()}/runs/rooms-tiny`),
  },
  { pattern: /^(npm run parity|npm run bench:nyu|python \S+\.py|python3 -m venv|\.venv\/bin\/pip)/, python: true },
];

const { values } = parseArgs({
  options: { list: { type: 'boolean' }, only: { type: 'string', default: '' }, python: { type: 'string' } },
});
const failures = [];
const done = new Map();
const commands = readmeCommands();
for (const { readme, command } of commands.filter(({ command }) => command.includes(values.only))) {
  const rule = RULES.find(({ pattern }) => pattern.test(command));
  const outcome = rule
    ? await carryOut(rule, readme, command)
    : 'nothing runs it: see RULES in tooling/release/readme-commands.mjs';
  console.log(`${readme}: ${command}\n    ${outcome}`);
  if (!rule || outcome.startsWith('failed')) failures.push(`${readme}: ${command}`);
}
for (const failure of failures) console.error(`✗ ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Fenced commands, and those in the text that begin as one. */
function readmeCommands() {
  const readmes = ['README.md', 'CONTRIBUTING.md', ...packageReadmes()];
  const starts = /^([A-Z_]+=\S+ )?(npm|npx|pnpm|node|python3?|llm-mde|apt-get|curl|cat|\.venv\/bin\/\w+) \S/;
  return readmes.flatMap((readme) => {
    const text = readFileSync(join(ROOT, readme), 'utf8');
    const blocks = [...text.matchAll(/^```(?:sh)?\n(.*?)^```/gms)].flatMap(([, block]) => block.split('\n'));
    const inline = [...text.replace(/^```.*?^```/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
    const commands = [...blocks, ...inline]
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => starts.test(line));
    return [...new Set(commands)].map((command) => ({ readme, command }));
  });
}

function packageReadmes() {
  return ['packages', 'apps', 'tooling']
    .flatMap((group) => readdirSync(join(ROOT, group)).map((name) => `${group}/${name}/README.md`))
    .filter((readme) => existsSync(join(ROOT, readme)));
}

async function carryOut({ by, run, python, folder, trainer, demo }, readme, command) {
  if (by) return existsSync(join(ROOT, by)) ? `run by ${by}` : `failed: ${by} is not there`;
  if (values.list) return python ? 'run with --python' : 'run here';
  if (python && !values.python) return 'not run: it needs --python';
  if (demo) return demoOutcome(readme, command);
  const asGiven = typeof run === 'function' ? run(command) : typeof run === 'string' ? run : command;
  const line = python ? withPython(asGiven) : asGiven;
  if (line === undefined) return 'not needed where --python names one';
  const cwd = placeOf({ folder, trainer }, readme, line);
  const key = `${cwd} ${line}`;
  if (!done.has(key)) done.set(key, execute(line, cwd));
  return done.get(key);
}

function placeOf({ folder, trainer }, readme, line) {
  if (trainer) return trainerPlace();
  if (folder) return join(ROOT, dirname(readme));
  return line.startsWith(values.python ?? '\0') ? join(ROOT, 'tooling/parity') : ROOT;
}

/** With the questions of the README that shows the command first. */
async function demoOutcome(readme, command) {
  const questions = commands.filter((other) => other.readme === readme && other.command.startsWith('curl '));
  const problem = await tryDemo(
    command,
    questions.map((question) => question.command),
  );
  return problem === '' ? `ran here, and was asked: ${questions.length}` : `failed: ${problem}`;
}

function withPython(command) {
  if (/^(python3 -m venv|\.venv)/.test(command)) return undefined;
  if (command.startsWith('python ')) return command.replace('python', resolve(values.python));
  return `${command.replace(/ --python \S+/, '')}${command.includes(' -- ') ? '' : ' --'} --python ${resolve(values.python)}`;
}

function execute(line, cwd) {
  const { status, stdout, stderr } = spawnSync(line, { cwd, shell: true, encoding: 'utf8', env: environment });
  return status === 0 ? `ran here: ${line}` : `failed with status ${status}: ${line}\n${stdout}${stderr}`;
}
