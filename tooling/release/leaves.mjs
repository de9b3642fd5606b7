// What the install of a light package brings, each in an empty project of its own.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './workspace.mjs';

/** Packages that must be light: no device, no app, nothing native. */
const LEAVES = ['@llm-mde/metrics', '@llm-mde/prompts', '@llm-mde/lora'];
const HEAVY = ['@llm-mde/backend', '@llm-mde/trainer', '@llm-mde/demo', 'llm-mde'];

/** @returns a sentence for each thing that a leaf must not bring, and does. */
export function checkLeaves(folder, packages) {
  return LEAVES.flatMap((name) => {
    const project = install(folder, packages, name);
    const all = installed(project);
    const native = all.filter(({ folder }) => isNative(folder)).map((entry) => `${entry.name}, which is native`);
    const heavy = all.filter((entry) => HEAVY.includes(entry.name)).map((entry) => entry.name);
    const scripts = all
      .filter(({ manifest }) => hasInstallScript(manifest))
      .map((entry) => `${entry.name}, which runs a script`);
    console.log(`▶ ${name} alone installs: ${all.map((entry) => entry.name).join(', ')}`);
    return [...native, ...heavy, ...scripts].map((what) => `Installing ${name} alone brings ${what}.`);
  });
}

function install(folder, packages, name) {
  const project = join(folder, 'alone', name.replace('/', '-'));
  mkdirSync(project, { recursive: true });
  const tarballs = Object.fromEntries(packages.map((entry) => [entry.name, `file:${entry.file}`]));
  const { [name]: own, ...overrides } = tarballs;
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ private: true, dependencies: { [name]: own }, overrides }),
  );
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: project });
  return project;
}

/** Every package below node_modules: `{ name, folder, manifest }`. */
function installed(project) {
  const modules = join(project, 'node_modules');
  if (!existsSync(modules)) return [];
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((part) => `${name}/${part}`) : [name],
    )
    .flatMap((name) => {
      const folder = join(modules, name);
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return [{ name, folder, manifest }, ...installed(folder)];
    });
}

function isNative(folder) {
  return files(folder).some((file) => /\.(node|so|dylib|dll)(\.\d+)*$/.test(file) || file.endsWith('/binding.gyp'));
}

function hasInstallScript({ scripts = {} }) {
  return ['preinstall', 'install', 'postinstall'].some((name) => scripts[name]);
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}
