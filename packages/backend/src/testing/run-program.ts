import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Debian's chromium package brings SwiftShader, a Vulkan driver that computes on the CPU. */
export const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

export const hasSwiftShader = existsSync(SWIFTSHADER);

export interface ProgramResult {
  /** Exit code, or the signal that ended the program. */
  exit: number | string;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program as a user's own would run, with the built package imported as `backend` and TensorFlow.js as `tf`, in a process of its own.
 * Whatever device this test run is narrowed to does not reach it.
 *
 * @throws Error if the program does not end by itself within a minute
 */
export function runProgram(program: string, environment: NodeJS.ProcessEnv = {}): Promise<ProgramResult> {
  const index = new URL('../../dist/index.js', import.meta.url).href;
  const source = `import * as backend from ${JSON.stringify(index)};\nimport * as tf from '@tensorflow/tfjs-core';\n${program}`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, NODE_OPTIONS: '', LLM_MDE_DEVICE: '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output.stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL')
        reject(new Error(`The program did not end by itself.\n${output.stdout}${output.stderr}`));
      else resolve({ exit: code ?? signal!, ...output });
    });
  });
}
