// What the install of a light package brings, each in an empty project of its own.
import { readdirSync } from 'node:fs';
import { installAlone } from './install-alone.mjs';
import { run } from './workspace.mjs';

/** Packages that must be light: nothing native, no script that runs when they are installed; and which of ours they must not bring. */
const DEVICES = ['@llm-mde/backend', '@llm-mde/trainer', '@llm-mde/demo', 'llm-mde'];
const LEAVES = {
  '@llm-mde/checkpoints': DEVICES,
  '@llm-mde/lora': DEVICES,
  '@llm-mde/metrics': DEVICES,
  '@llm-mde/nyu': DEVICES,
  '@llm-mde/prompts': DEVICES,
  '@llm-mde/rgbd': DEVICES,
  // What a page imports.
  'llm-mde': ['@llm-mde/trainer', '@llm-mde/demo'],
};

/** @returns a sentence for each thing that a leaf must not bring, and does. */
export function checkLeaves(folder, packages) {
  return Object.entries(LEAVES).flatMap(([leaf, heavy]) => {
    const all = JSON.parse(run('npm', ['query', ':root *'], { cwd: installAlone('npm', folder, packages, leaf) }));
    console.log(`▶ ${leaf} alone installs: ${all.map(({ name }) => name).join(', ')}`);
    return all
      .flatMap(({ name, path, scripts = {} }) => [
        isNative(path) && `${name}, which is native`,
        heavy.includes(name) && name,
        ['preinstall', 'install', 'postinstall'].some((script) => scripts[script]) && `${name}, which runs a script`,
      ])
      .filter(Boolean)
      .map((what) => `Installing ${leaf} alone brings ${what}.`);
  });
}

/** Without the packages that lie inside it, which are listed themselves. */
function isNative(path) {
  const files = readdirSync(path, { recursive: true }).filter((file) => !file.startsWith('node_modules'));
  return files.some((file) => /\.(node|so|dylib|dll)(\.\d+)*$/.test(file) || file.endsWith('binding.gyp'));
}
