// Every command that a README names is run: by a test or a job of CI, which the table below names, or here. Ends with status 1 at a command that is
// in neither, and at one that fails. The packages must be built.
//
//     npm run test:readmes -- [--list] [--python PATH]      (--list runs nothing; --python has PyTorch, see tooling/parity)
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './workspace.mjs';

/** The first pattern that fits decides. `by`: the file that runs it. `run`: it is run here, as written or as given. `python`: only with --python. */
const RULES = [
  { pattern: /^npm install (--global )?(@llm-mde\/|llm-mde)/, by: 'tooling/release/packed.mjs' },
  { pattern: /^npm install sharp$/, by: 'tooling/release/packed.mjs' },
  {
    pattern: /^(npm test|npm run build|pnpm install|apt-get install |LLM_MDE_DEVICE=wasm npm test)/,
    by: '.github/workflows/ci.yml',
  },
  {
    pattern: /^npm run (check:release|test:packed|test:readmes|licences|docs|docs:pictures)\b/,
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
  { pattern: /^(npm run parity|npm run bench:nyu|python \S+\.py|python3 -m venv|\.venv\/bin\/pip)/, python: true },
];

const { values } = parseArgs({ options: { list: { type: 'boolean' }, python: { type: 'string' } } });
const failures = [];
const done = new Map();
for (const { readme, command } of readmeCommands()) {
  const rule = RULES.find(({ pattern }) => pattern.test(command));
  const outcome = rule
    ? carryOut(rule, readme, command)
    : 'nothing runs it: see RULES in tooling/release/readme-commands.mjs';
  console.log(`${readme}: ${command}\n    ${outcome}`);
  if (!rule || outcome.startsWith('failed')) failures.push(`${readme}: ${command}`);
}
for (const failure of failures) console.error(`✗ ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Fenced commands, and those in the text that begin as one. */
function readmeCommands() {
  const readmes = ['README.md', 'CONTRIBUTING.md', ...packageReadmes()];
  const starts = /^([A-Z_]+=\S+ )?(npm|npx|pnpm|node|python3?|llm-mde|apt-get|\.venv\/bin\/\w+) \S/;
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

function carryOut({ by, run, python, folder }, readme, command) {
  if (by) return existsSync(join(ROOT, by)) ? `run by ${by}` : `failed: ${by} is not there`;
  if (values.list) return python ? 'run with --python' : 'run here';
  if (python && !values.python) return 'not run: it needs --python';
  const line = python ? withPython(command) : run === true ? command : run;
  if (line === undefined) return 'not needed where --python names one';
  const cwd = folder
    ? join(ROOT, dirname(readme))
    : line.startsWith(values.python ?? '\0')
      ? join(ROOT, 'tooling/parity')
      : ROOT;
  const key = `${cwd} ${line}`;
  if (!done.has(key)) done.set(key, execute(line, cwd));
  return done.get(key);
}

function withPython(command) {
  if (/^(python3 -m venv|\.venv)/.test(command)) return undefined;
  if (command.startsWith('python ')) return command.replace('python', resolve(values.python));
  return `${command.replace(/ --python \S+/, '')}${command.includes(' -- ') ? '' : ' --'} --python ${resolve(values.python)}`;
}

function execute(line, cwd) {
  // `llm-mde` as an install would have it.
  const path = [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const shown = line.replace(/^llm-mde\b/, `node ${join(ROOT, 'apps/trainer/dist/cli.js')}`);
  const { status, stdout, stderr } = spawnSync(shown, {
    cwd,
    shell: true,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  return status === 0 ? `ran here: ${line}` : `failed with status ${status}: ${line}\n${stdout}${stderr}`;
}
