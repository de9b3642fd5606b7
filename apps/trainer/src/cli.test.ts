import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

// The built command, as a user runs it.
const folder = mkdtempSync(join(tmpdir(), 'llm-mde-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function llmMde(parameters: string[], environment: NodeJS.ProcessEnv = {}) {
  const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
  return spawnSync(process.execPath, [cli, ...parameters], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', LLM_MDE_DEVICE: '', ...environment },
  });
}

describe('llm-mde doctor', () => {
  it('prints the table, plain where it is not a terminal', () => {
    const { stdout, stderr, status } = llmMde(['doctor']);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^device +available +matMul +convolution +hardware +library\n/);
    expect(stdout).toMatch(/^wasm( \(auto\))? +yes +[\d.]+ +[\d.]+ +\S.*, \d+ cores? +TensorFlow\.js WebAssembly/m);
    expect(stdout).toMatch(/^auto selects (cuda|webgpu|cpu|native|wasm)\.$/m);
    expect(stdout).not.toContain('\x1b');
  });

  it('prints JSON, with a reason for each device that is not available', () => {
    const { stdout, status } = llmMde(['doctor', '--json'], { LLM_MDE_DEVICE: 'wasm' });
    const { auto, environmentDevice, devices } = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(environmentDevice).toBe('wasm');
    expect(devices.map(({ device }: { device: string }) => device)).toEqual([
      'cuda',
      'webgpu',
      'cpu',
      'native',
      'wasm',
    ]);
    for (const { available, rates, reason, hardware } of devices) {
      if (available) expect(rates.matMul * rates.convolution).toBeGreaterThan(0);
      else
        expect({ reason, hardware, rates }).toEqual({
          reason: expect.stringMatching(/: .*\.$/),
          hardware: null,
          rates: null,
        });
    }
    expect(devices.find(({ device }: { device: string }) => device === auto)).toMatchObject({
      available: true,
      isSoftware: false,
    });
  });

  it('ends with code 1 where no device is available', () => {
    const breakEverything = join(folder, 'break-everything.cjs');
    writeFileSync(
      breakEverything,
      `const Module = require('node:module');
      const resolve = Module._resolveFilename;
      Module._resolveFilename = function (request, ...rest) {
        if (/^webgpu|^onnxruntime-node|tfjs-(node|backend)/.test(request)) throw new Error('disk failure');
        return resolve.call(this, request, ...rest);
      };`,
    );
    const { stdout, stderr, status } = llmMde(['doctor'], {
      NODE_OPTIONS: `--require ${JSON.stringify(breakEverything)}`,
    });
    expect(stdout).toContain('No device is available.');
    expect(stdout).toMatch(/^wasm is not available: its library fails with "disk failure"\.$/m);
    expect(stdout + stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
  });
});

describe('llm-mde', () => {
  it('lists its commands', () => {
    expect(llmMde(['--help']).stdout).toMatch(/^ {2}doctor \[options\] +show the devices of this machine/m);
  });

  it('prints its version', () => {
    expect(llmMde(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each([
    [['doktor'], "unknown command 'doktor'"],
    [['doctor', '--xml'], "unknown option '--xml'"],
  ])('refuses %j in a sentence', (parameters, message) => {
    const { stderr, status } = llmMde(parameters);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
  });
});
