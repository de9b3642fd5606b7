// `npm run native`: builds the binding of tfjs-node (with --gpu, of tfjs-node-gpu) against the C API in TensorFlow's pip wheel, so
// that the native device runs on a current TensorFlow. What is already there is left alone; nothing is put in place before it has
// computed right results. README.md beside this file says what it changes.
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTemporaryFolder, runCommand } from '../workspace/command.mjs';
import { bindingKey, compileBinding } from './binding.mjs';
import { seconds, step } from './context.mjs';
import { isPlaced, placeBinding, removeEverything } from './placement.mjs';
import { describePlatform } from './platform.mjs';
import { proveBinding } from './proof.mjs';
import { findTarget, findTools } from './tools.mjs';
import { findWheel, installWheel, removeOtherEnvironments } from './wheel.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runCommand({
    name: 'npm run native --',
    options: {
      gpu: "build tfjs-node-gpu's binding instead, for NVIDIA GPUs (Linux x64; brings CUDA 12 along)",
      force: 'build again even if nothing changed',
      remove: 'remove what this command built and installed, and put a published binding back',
    },
    run: (options) => native(options),
  });
}

/**
 * Does what the options ask for. `overrides` replace parts of the surroundings in tests: `root` (the repository), `environment`, `print`,
 * `platform`.
 *
 * @throws Error that says what is wrong and what to do.
 */
export async function native(options, overrides = {}) {
  const root = overrides.root ?? ROOT;
  const context = {
    root,
    cache: resolve(root, '.cache/native'),
    environment: process.env,
    print: (line) => console.log(line),
    ...overrides,
  };
  if (!options.remove) await build({ ...context, platform: describePlatform(context.platform, options) }, options);
  else if (options.gpu || options.force)
    throw new Error('--remove removes everything that this command made and takes no other option.');
  else removeEverything(context);
}

async function build(context, options) {
  const start = performance.now();
  const target = findTarget(context, options);
  let wheel = findWheel(context, options);
  if (target && wheel && !options.force && isPlaced(target, bindingKey(context, target, wheel))) {
    context.print(
      `Up to date: ${target.name} ${target.version} is built for TensorFlow ${wheel.version} in ${wheel.folder}\n` +
        '`npm run native -- --force` builds it again, `npm run native -- --remove` removes it.',
    );
    return;
  }
  const tools = await findTools(context, options, { target, wheel });
  context.print(`Building the binding of ${target.name} ${target.version}`);
  if (wheel) context.print(`TensorFlow ${wheel.version}: ${wheel.folder}`);
  else wheel = await installWheel(context, options, tools.python);
  await inTemporaryFolder(async (folder) => {
    const binding = await step(context, `compile the binding with ${tools.compiler}`, () =>
      compileBinding(context, { compiler: tools.compiler, target, wheel, folder }),
    );
    const proof = await step(context, 'check it: matMul, convolution, gradient and PNG against known values', () =>
      proveBinding(context, target, binding),
    );
    const { published } = placeBinding(target, bindingKey(context, target, wheel), binding, wheel);
    removeOtherEnvironments(context, options, wheel);
    context.print(`\nPlaced ${target.bindingPath}`);
    if (published) context.print(`The binding that tfjs-node had downloaded is kept as ${published}`);
    context.print(
      `${target.name} ${target.version} now runs on TensorFlow ${proof.tensorflow}${proof.gpu ? ', on a GPU' : ''} (${seconds(start)} in all).`,
    );
    if (options.gpu && !proof.gpu) context.print(noGpuNote(proof));
  });
}

function noGpuNote(proof) {
  return [
    'But TensorFlow found no GPU that it can use and computed on the processor, so the device cuda does not open yet. If this machine has',
    `an NVIDIA GPU, check that \`nvidia-smi\` lists it and that the driver is 525 or newer; TensorFlow's own words are in ${proof.log}`,
  ].join('\n');
}
