// The processes that are compared. Each builds its model, takes a first step and says that it is ready; from then on it takes one step
// each time it is told to, so that all of them take turns on one machine.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { webgpuEnvironment } from '../vitest/devices.mjs';
import { IMAGE, PROMPT_LENGTH } from './configuration.mjs';

const HERE = fileURLToPath(new URL('measure-here.mjs', import.meta.url));
const PYTORCH = fileURLToPath(new URL('measure-pytorch.py', import.meta.url));

/**
 * All engines by name, and the one task of those that have no other.
 * @param device `cpu` or `webgpu`: what compiled functions run on.
 * @param python A Python with PyTorch, if there is one, and whether it has CUDA.
 */
export function enginesFor(device, python) {
  const ours = (name, options) => ({
    name,
    start: (spec) => startProcess(process.execPath, [HERE], { ...spec, ...options }),
  });
  const pytorch = (name, options) => ({
    name,
    // Its dynamic quantization is for models without adapters, which only predict.
    ...(options.precision === 'int8' && { task: 'predict' }),
    start: (spec) =>
      startProcess(python.path, [PYTORCH], { ...spec, image: IMAGE, promptLength: PROMPT_LENGTH, ...options }),
  });
  return [
    ours(`compiled ${device}`, { device }),
    ...(device === 'cpu' ? [ours('compiled cpu int8', { device, precision: 'int8' })] : []),
    ...(device === 'webgpu' ? [ours('eager webgpu', { device, eager: true })] : []),
    ...(device === 'cpu' ? [ours('eager native', { device: 'native' }), ours('eager wasm', { device: 'wasm' })] : []),
    ...(python && device === 'webgpu' && python.hasCuda
      ? ['float32', 'tf32', 'bf16'].map((precision) => pytorch(`PyTorch ${precision}`, { device: 'cuda', precision }))
      : []),
    ...(python && !(device === 'webgpu' && python.hasCuda)
      ? ['float32', 'bf16', 'int8'].map((precision) => pytorch(`PyTorch ${precision}`, { device: 'cpu', precision }))
      : []),
  ];
}

/**
 * @returns the running engine, ready for steps.
 * @throws with the last line of what the process wrote, if it ends before that.
 */
async function startProcess(command, parameters, spec) {
  const started = performance.now();
  const environment = { ...process.env, ...(spec.device === 'webgpu' && webgpuEnvironment()), LLM_MDE_DEVICE: '' };
  const child = spawn(command, [...parameters, JSON.stringify(spec)], {
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const errors = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? 'it ended' : lastSentence(errors)));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(await ended);
    return value.startsWith('{') ? JSON.parse(value) : answer();
  };
  const ask = (question) => {
    child.stdin.write(`${question}\n`);
    return answer();
  };
  const { library } = await answer();
  return {
    library,
    startUp: (performance.now() - started) / 1000,
    step: () => ask('step'),
    memory: () => ask('memory'),
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}

/** What a program that failed says in the end: Node's message comes before the stack, Python's last. */
function lastSentence(lines) {
  const message =
    lines.findLast((line) => /^\w*(Error|Exception)\b.*: /.test(line)) ?? lines.findLast((line) => line.trim());
  return message?.trim() ?? 'it failed without a message';
}
