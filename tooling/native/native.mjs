// `npm run native`: builds the binding of tfjs-node (with --gpu, of tfjs-node-gpu) against the C API in TensorFlow's pip wheel, so
// that the native device runs on a current TensorFlow. What is already there is left alone; nothing is put in place before it has
// computed right results. README.md beside this file says what it changes.
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bindingKey, compileBinding, missingSymbols } from './binding.mjs';
import { NativeError, removeLeftovers, seconds, step, temporaryFolder, withLock } from './context.mjs';
import { parseOptions, USAGE } from './options.mjs';
import { isPlaced, keepBinding, keptBinding, placeBinding, removeEverything } from './placement.mjs';
import { describePlatform } from './platform.mjs';
import { proveBinding } from './proof.mjs';
import { findTarget, findTools } from './tools.mjs';
import { findWheel, installWheel, removeOtherEnvironments } from './wheel.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await native(process.argv.slice(2));
}

/**
 * Runs the command with these command line parameters and returns its exit status: 0, or 1 after printing what was wrong and what
 * to do. `overrides` replace parts of the surroundings in tests: `root` (the repository), `environment`, `print`, `printError`, `platform`.
 */
export async function native(parameters, overrides = {}) {
  const root = overrides.root ?? ROOT;
  const context = {
    root,
    cache: resolve(root, '.cache/native'),
    environment: process.env,
    print: (line) => console.log(line),
    printError: (line) => console.error(line),
    ...overrides,
  };
  try {
    const options = parseOptions(parameters);
    if (options.help) context.print(USAGE);
    else if (options.remove) await removeEverything(context);
    else await build({ ...context, platform: describePlatform(context.platform, options) }, options);
    return 0;
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    context.printError(error.message);
    return 1;
  }
}

async function build(context, options) {
  const start = performance.now();
  const target = findTarget(context, options);
  let wheel = findWheel(context, options);
  let key = target && wheel && bindingKey(context, target, wheel);
  if (key && !options.force && isPlaced(target, key)) {
    context.print(
      `Up to date: ${target.name} ${target.version} is built for TensorFlow ${wheel.version} in ${wheel.folder}\n` +
        '`npm run native -- --force` builds it again, `npm run native -- --remove` removes it.',
    );
    return;
  }
  const kept = key && !options.force ? keptBinding(context, key) : undefined;
  const tools = kept ? undefined : await findTools(context, options, { target, wheel });
  await withLock(context, async () => {
    removeLeftovers(context);
    context.print(`Building the binding of ${target.name} ${target.version}`);
    if (!wheel) {
      wheel = await installWheel(context, options, tools.python);
      key = bindingKey(context, target, wheel);
    } else {
      context.print(`TensorFlow ${wheel.version}: ${wheel.folder}`);
    }
    if (kept) {
      context.print('The binding that an earlier run built still fits.');
    }
    const binding = kept ?? (await compile(context, tools, target, wheel));
    const proof = await step(context, 'check it: matMul, convolution, gradient and PNG against known values', () =>
      proveBinding(context, target, binding),
    );
    const stored = kept ?? keepBinding(context, key, binding);
    const { published } = placeBinding(context, target, key, stored, wheel);
    removeOtherEnvironments(context, options, wheel);
    context.print(`\nPlaced ${target.bindingPath}`);
    if (published) context.print(`The binding that tfjs-node had downloaded is kept as ${published}`);
    context.print(
      `${target.name} ${target.version} now runs on TensorFlow ${proof.tensorflow}${proof.gpu ? ', on a GPU' : ''} (${seconds(start)} in all).`,
    );
    if (options.gpu && !proof.gpu) context.print(noGpuNote(proof));
  });
}

async function compile(context, tools, target, wheel) {
  const folder = temporaryFolder(context);
  const binding = await step(context, `compile the binding with ${tools.compiler}`, () =>
    compileBinding(context, { tools, target, wheel, folder }),
  );
  await step(context, "check that TensorFlow's libraries have every C symbol that it needs", async () => {
    const missing = await missingSymbols(context, tools.nm, binding, wheel.libraries);
    if (missing.length > 0) {
      throw new NativeError(
        `TensorFlow ${wheel.version} in ${wheel.folder} lacks ${missing.length} of the C functions that ${target.name} ` +
          `${target.version} needs:\n${missing.map((name) => `  ${name}`).join('\n')}\n` +
          'Nothing was put in place.',
      );
    }
  });
  return binding;
}

function noGpuNote(proof) {
  return [
    'But TensorFlow found no GPU that it can use and computed on the processor, so the device cuda does not open yet. If this machine has',
    `an NVIDIA GPU, check that \`nvidia-smi\` lists it and that the driver is 525 or newer; TensorFlow's own words are in ${proof.log}`,
  ].join('\n');
}
