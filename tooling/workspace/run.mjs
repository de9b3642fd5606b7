// What `npm start`, `npm test`, `npm run test:all` and `npm run build` do: find pnpm, install, build, and run the job. Plain Node, because nothing is
// installed yet when it starts. Each step says what it does, and is skipped when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { packageManager } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));
const pnpmVersion = packageManager.split('@')[1];

const jobs = {
  build: () => {},
  start() {
    const cli = (title, ...parameters) => runJob(title, process.execPath, ['apps/trainer/dist/cli.js', ...parameters]);
    const run = 'runs/rooms-tiny';
    cli(
      'fine-tune a small model on rendered rooms, test it, and write a report',
      ...['train', '--preset', 'tiny', '--out', run, '--resume'],
    );
    cli('predict four photos', ...['predict', run, 'apps/demo/src/page/public/samples', '--out', `${run}/predictions`]);
  },
  test: runTests,
  async 'test:all'() {
    process.env.LLM_MDE_TEST_ALL = '1';
    const { presentDevices } = await import('../vitest/devices.mjs');
    step('look for devices to test on');
    process.env.LLM_MDE_DEVICES_PRESENT = presentDevices().join(',');
    console.log(process.env.LLM_MDE_DEVICES_PRESENT.replaceAll(',', ', '));
    runTests();
    const script = (title, path, ...parameters) => runJob(title, process.execPath, [path, ...parameters]);
    script('send many clients to the demo', 'apps/demo/scripts/load-test.mjs', '--random', 'tiny', '--seconds', '10');
    script('check what would be published, and install it', 'tooling/release/check.mjs', '--install');
  },
};

const job = process.argv[2];
if (!Object.hasOwn(jobs, job)) fail(`Unknown job "${job}": use one of ${Object.keys(jobs).join(', ')}.`);
requireNode();
const pnpm = findPnpm();
install();
runJob('build', ...turbo('run', 'build'));
await jobs[job]();

function runTests() {
  runJob('check formatting, lint and imports', ...pnpmCommand('run', 'check'));
  // Two at a time: a test that computes uses several cores already.
  runJob('types and tests', ...turbo('run', 'typecheck', 'test', '--concurrency=2'));
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(
      `Node ${process.versions.node} is too old: LLM-MDE needs 20.19 or newer. Install it from nodejs.org and try again.`,
    );
  }
  // Results that turbo keeps hold for one runtime only.
  process.env.LLM_MDE_RUNTIME = `node-${process.version}-${process.platform}-${process.arch}`;
  process.env.TURBO_TELEMETRY_DISABLED ??= '1';
  process.env.TURBO_NO_UPDATE_NOTIFIER ??= '1';
}

/** A pnpm of the right major version if there is one, otherwise the pinned one through npx. */
function findPnpm() {
  const { status, stdout } = spawnSync('pnpm', ['--version'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const usable = status === 0 && stdout.trim().split('.')[0] === pnpmVersion.split('.')[0];
  return usable ? ['pnpm'] : ['npx', '--yes', `pnpm@${pnpmVersion}`];
}

function install() {
  const stamp = resolve(root, 'node_modules/.llm-mde-installed');
  const wanted = installFingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return step('install: up to date');
  runJob(
    'install (tfjs-node may report a failed download: it is optional, and the install goes on without it)',
    ...pnpmCommand('install', '--frozen-lockfile'),
  );
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function installFingerprint() {
  const hash = createHash('sha256').update(process.env.LLM_MDE_RUNTIME);
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(resolve(root, name)));
  return hash.digest('hex');
}

function pnpmCommand(...parameters) {
  const [command, ...first] = pnpm;
  return [command, [...first, ...parameters]];
}

function turbo(...parameters) {
  return pnpmCommand('exec', 'turbo', ...parameters, '--output-logs=new-only');
}

function runJob(title, command, parameters) {
  step(title);
  const { status, error } = spawnSync(command, parameters, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) fail(`"${title}" failed; see above.`, status ?? 1);
}

function step(title) {
  console.log(`\n▶ ${title}`);
}

function fail(message, status = 1) {
  console.error(`\n${message}`);
  process.exit(status);
}
