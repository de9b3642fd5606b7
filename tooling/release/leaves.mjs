// What the install of a light package brings, each in an empty project of its own.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './workspace.mjs';

/** Packages that must be light: no device, no app, nothing native. */
const LEAVES = ['@llm-mde/metrics', '@llm-mde/prompts', '@llm-mde/lora'];
const HEAVY = ['@llm-mde/backend', '@llm-mde/trainer', '@llm-mde/demo', 'llm-mde'];

/** @returns a sentence for each thing that a leaf must not bring, and does. */
export function checkLeaves(folder, packages) {
  return LEAVES.flatMap((leaf) => {
    const all = install(folder, packages, leaf);
    console.log(`▶ ${leaf} alone installs: ${all.map(({ name }) => name).join(', ')}`);
    return all
      .flatMap(({ name, path, scripts = {} }) => [
        isNative(path) && `${name}, which is native`,
        HEAVY.includes(name) && name,
        ['preinstall', 'install', 'postinstall'].some((script) => scripts[script]) && `${name}, which runs a script`,
      ])
      .filter(Boolean)
      .map((what) => `Installing ${leaf} alone brings ${what}.`);
  });
}

/** @returns package.json of everything that was installed, with its `path`. */
function install(folder, packages, name) {
  const cwd = join(folder, 'alone', name.replace('/', '-'));
  mkdirSync(cwd, { recursive: true });
  const { [name]: own, ...overrides } = Object.fromEntries(packages.map((entry) => [entry.name, `file:${entry.file}`]));
  const manifest = { private: true, dependencies: { [name]: own }, overrides };
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], { cwd });
  return JSON.parse(run('npm', ['query', ':root *'], { cwd }));
}

/** Without the packages that lie inside it, which are listed themselves. */
function isNative(path) {
  const files = readdirSync(path, { recursive: true }).filter((file) => !file.startsWith('node_modules'));
  return files.some((file) => /\.(node|so|dylib|dll)(\.\d+)*$/.test(file) || file.endsWith('binding.gyp'));
}
