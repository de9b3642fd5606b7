// Installs one packed package into an empty project of its own, once for a folder and a package manager.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, tarballsOf } from './workspace.mjs';

/**
 * @param packages as `packAll` returns them
 * @param name of one of them, or of any package of the registry with its version: `@tensorflow/tfjs-core@^4.22.0`
 * @returns the folder of the project.
 */
export function installAlone(manager, folder, packages, name) {
  const cwd = join(folder, 'alone', manager, name.replaceAll('/', '-'));
  if (existsSync(join(cwd, 'package.json'))) return cwd;
  mkdirSync(cwd, { recursive: true });
  const files = tarballsOf(packages);
  const [, registryName, version] = /^(.+)@(.+)$/.exec(name) ?? [];
  const dependencies = name in files ? { [name]: files[name] } : { [registryName]: version };
  const { [name]: _, ...others } = files;
  const overrides = manager === 'pnpm' ? { pnpm: { overrides: others } } : { overrides: others };
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ private: true, dependencies, ...overrides }));
  // A folder of its own for pnpm, whatever workspace it lies in. Without scripts: onnxruntime-node's downloads CUDA's libraries.
  const parameters =
    manager === 'pnpm'
      ? ['install', '--ignore-workspace', '--no-frozen-lockfile', '--ignore-scripts', '--prefer-offline']
      : ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  run(manager, parameters, { cwd });
  return cwd;
}
