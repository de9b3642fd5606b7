// `npm start`, `npm test`, `npm run test:all`, `npm run build`, `npm run demo` and `npm run demo:static`: find pnpm, install, build what the job needs,
// and run it. Plain Node, because nothing is installed yet when it starts. Each step says what it does, and is skipped when it is up to date.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findPnpm, ROOT } from './pnpm.mjs';

const jobs = {
  build: () => build('build', 'types'),
  start() {
    build('build', '--filter=@llm-mde/trainer...');
    const run = 'runs/rooms-tiny';
    const trainer = (title, ...parameters) => node(title, 'apps/trainer/dist/cli.js', ...parameters);
    trainer(
      'fine-tune a small model on rendered rooms, evaluate it, and write a report',
      ...['train', '--preset', 'tiny', '--out', run, '--resume'],
    );
    trainer('predict four photos', 'predict', run, 'apps/demo/src/page/public/samples', '--out', `${run}/predictions`);
  },
  demo() {
    build('build', '--filter=@llm-mde/demo...');
    const given = process.argv.slice(3);
    // The model of npm start, where there is one.
    const own = 'runs/rooms-tiny/best';
    const models =
      !given.includes('--models') && existsSync(resolve(ROOT, own, 'config.json')) ? ['--models', own] : [];
    node('serve the demo', 'apps/demo/dist/cli.js', ...models, ...given);
  },
  'demo:static'() {
    build('build', '--filter=@llm-mde/demo...');
    node('write the demo for a host of static files', 'apps/demo/dist/cli.js', 'static', ...process.argv.slice(3));
  },
  test() {
    build('build');
    runTests();
  },
  async 'test:all'() {
    build('build', 'types');
    process.env.LLM_MDE_TEST_ALL = '1';
    const { presentDevices } = await import('../vitest/devices.mjs');
    step('look for devices to test on');
    process.env.LLM_MDE_DEVICES_PRESENT = presentDevices().join(',');
    console.log(process.env.LLM_MDE_DEVICES_PRESENT.replaceAll(',', ', '));
    runTests();
    node('send many clients to the demo', 'apps/demo/scripts/load-test.mjs', '--random', 'tiny', '--seconds', '10');
    node('check what would be published, and install it', 'tooling/release/check.mjs', '--install');
  },
};

const job = process.argv[2];
if (!Object.hasOwn(jobs, job)) fail(`Unknown job "${job}": use one of ${Object.keys(jobs).join(', ')}.`);
requireNode();
const pnpm = findPnpm();
install();
await jobs[job]();

function build(...parameters) {
  runJob('build', ...turbo('run', ...parameters));
}

function node(title, ...parameters) {
  runJob(title, process.execPath, parameters);
}

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

function install() {
  const stamp = resolve(ROOT, 'node_modules/.llm-mde-installed');
  const wanted = installFingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return step('install: up to date');
  runJob(
    'install (tfjs-node may report a failed download: it is optional, and the install goes on without it)',
    ...pnpmCommand('install', '--frozen-lockfile', '--prefer-offline'),
  );
  writeFileSync(stamp, wanted);
}

function installFingerprint() {
  const hash = createHash('sha256').update(process.env.LLM_MDE_RUNTIME);
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(resolve(ROOT, name)));
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
    cwd: ROOT,
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
