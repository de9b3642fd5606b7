import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng } from '@llm-mde/depth-maps';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { describe, expect, it } from 'vitest';

// The built command, as a user runs it.
const folder = folderOfFile();

function llmMde(parameters: string[], environment: NodeJS.ProcessEnv = {}) {
  const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
  return spawnSync(process.execPath, [cli, ...parameters], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', LLM_MDE_DEVICE: '', ...environment },
  });
}

describe('llm-mde doctor', () => {
  it('prints JSON, with a reason for each device that is not available', () => {
    const { stdout, stderr, status } = llmMde(['doctor', '--json'], { LLM_MDE_DEVICE: 'wasm' });
    const { auto, environmentDevice, devices } = JSON.parse(stdout);
    expect([status, stderr]).toEqual([0, '']);
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

  it('ends with code 1 where no device is available, after a table that is plain where it is not a terminal', () => {
    const breakEverything = join(folder, 'break-everything.cjs');
    writeFileSync(
      breakEverything,
      `const Module = require('node:module');
      const resolve = Module._resolveFilename;
      Module._resolveFilename = function (request, ...rest) {
        if (/^webgpu|^onnxruntime-node|tfjs-node/.test(request)) throw new Error('it is not there');
        return resolve.call(this, request, ...rest);
      };
      delete globalThis.WebAssembly;`,
    );
    const { stdout, stderr, status } = llmMde(['doctor'], {
      NODE_OPTIONS: `--require ${JSON.stringify(breakEverything)}`,
    });
    expect(stdout).toMatch(/^device +available +matMul +convolution +hardware +library\n/);
    expect(stdout).toContain('No device is available.');
    expect(stdout).toMatch(/^wasm is not available: its WebAssembly files could not be loaded from /m);
    expect(stdout).toMatch(
      /^cpu is not available: .*: run `npm install onnxruntime-node`, with .*ONNXRUNTIME_NODE_INSTALL=skip/m,
    );
    expect(stdout + stderr).not.toMatch(/^\s+at /m);
    expect(stdout).not.toContain('\x1b');
    expect(status).toBe(1);
  });
});

describe('llm-mde', () => {
  it('lists its commands', () => {
    expect(llmMde(['--help']).stdout).toMatch(/^ {2}doctor \[options\] +show the devices of this machine/m);
  });

  it('predicts hundreds of images that are named one by one, and writes nothing elsewhere', async () => {
    const names = Array.from({ length: 700 }, (_, index) => `photos/a-photograph-of-a-room-${index}.png`);
    mkdirSync(join(folder, 'photos'));
    mkdirSync(join(folder, 'home'));
    const png = encodePng(new Uint8Array(48).fill(90), { width: 4, height: 4 });
    for (const name of names) writeFileSync(join(folder, name), png);
    const { stderr, stdout, status } = llmMde(
      ['predict', 'tiny', ...names, '--format', 'png16', '--batch-size', '16'],
      {
        HOME: join(folder, 'home'),
        ORT_DISABLE_TELEMETRY: undefined,
      },
    );
    expect([status, stderr.replaceAll(/^predicting: .*\n/gm, '')]).toEqual([0, '']);
    expect(stdout).toContain('Predicted 700 of 700 images');
    expect(stdout).toMatch(
      /^Trained on rendered rooms only; on photographs .* \(AbsRel 0\.526, delta1 0\.350\)\. The model does not know the camera: .*\.$/m,
    );
    expect(readdirSync(join(folder, 'home'))).toEqual([]);
  });

  it('exports the model that comes with it', () => {
    const { stdout, status } = llmMde(['export', 'tiny', '--to', 'safetensors', '--out', 'exported']);
    expect([status, stdout]).toEqual([0, 'Wrote exported.\n']);
  });

  it.each([
    [['doktor'], 2, "llm-mde: unknown command 'doktor'"],
    [['export', 'tiny', '--to', 'peft', '--out', 'x', '--prompt', 'a'], 2, 'llm-mde: --prompt is for --to onnx'],
    [['export', 'tiny', '--to', 'peft', '--out', 'x', '--dtype', 'q8'], 2, 'llm-mde: --dtype is for --to onnx'],
    [['train', '--set', 'training.epochs=-1'], 2, 'llm-mde: The configuration: "training.epochs" is -1'],
    [['push', 'rooms', 'tiny'], 2, 'llm-mde: rooms is not the name of a repository on the hub: give your account'],
    [['push', 'anna/rooms', 'tiny', '--license', 'My own'], 2, 'Must be a name such as mit, apache-2.0 or cc-by-4.0.'],
    [['train', '--push', 'rooms'], 2, 'llm-mde: rooms is not the name of a repository on the hub: give your account'],
    [['train', '--set', 'epochs'], 2, 'llm-mde: --set epochs should be key=value'],
    [['merge', 'nothing.json'], 1, 'llm-mde: nothing.json cannot be read'],
    [['data', 'rooms', 'break-everything.cjs', '--count', '3'], 1, 'break-everything.cjs is a file, but a folder is'],
  ])('refuses %j with exit code %d and a sentence', (parameters, code, message) => {
    const { stderr, status } = llmMde(parameters);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(code);
  });
});
