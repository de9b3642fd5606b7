// Has a process of its own load a freshly built binding through tfjs-node and compute known values with it.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLineAsJson, lastLines, logFile, run } from './context.mjs';

const PROGRAM = join(fileURLToPath(import.meta.url), '../prove.cjs');

/** Resolves to `{ tensorflow, gpu, log }`: TensorFlow's version and whether it computed on a GPU. Throws if it failed. */
export async function proveBinding(context, target, binding) {
  const log = logFile(context, 'check');
  // TensorFlow's notes are wanted in the log, whatever the user's shell hides of them.
  const environment = { ...context.environment, TF_FORCE_GPU_ALLOW_GROWTH: 'true', TF_CPP_MIN_LOG_LEVEL: '0' };
  const { status, signal, stdout, output } = await run(context, process.execPath, [PROGRAM, target.folder, binding], {
    environment,
    log,
    timeout: 300_000,
  });
  const result = lastLineAsJson(stdout);
  if (status === 0 && result) return { ...result, log };
  throw new Error(
    `The new binding does not work here${reason(signal)}. It was not put in place; what was there before still is. What it said:\n` +
      `${lastLines(result?.problem ?? output)}\nThe whole output is in ${log}.`,
  );
}

function reason(signal) {
  if (signal === 'SIGILL') return ": this processor lacks instructions (AVX) that TensorFlow's wheel is built with";
  if (signal === 'SIGTERM') return ': it did not finish within five minutes';
  return signal ? `: the process was ended by ${signal}` : '';
}
