import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, CommanderError } from 'commander';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from './program.js';

// The built commands, as a user runs them.
const folder = mkdtempSync(join(tmpdir(), 'llm-mde-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));

function llmMde(...parameters: string[]) {
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
  const run = spawnSync(process.execPath, [cli, ...parameters], { encoding: 'utf8', cwd: folder });
  expect(run.stderr).not.toMatch(/^\s+at /m);
  return run;
}

describe('llm-mde data', () => {
  it('makes rooms, inspects them, lists their parts and samples', () => {
    expect(llmMde('data', 'rooms', 'rooms', '--count', '12', '--size', '32x24').stdout).toBe(
      'Wrote 12 frames to rooms.\n',
    );
    expect(JSON.parse(llmMde('data', 'inspect', 'rooms', '--json').stdout)).toMatchObject({ frames: 12, scenes: 4 });
    const { stdout } = llmMde('data', 'splits', 'rooms', '--out', 'lists');
    expect(stdout).toMatch(/^train +\d+ frames of \d scenes {2}lists\/train\.txt$/m);
    expect(readFileSync(join(folder, 'lists/test.txt'), 'utf8')).toMatch(/^# split: the official split\n/);
    const samples = llmMde('data', 'samples', 'rooms');
    expect(samples.status).toBe(1);
    expect(samples.stderr).toMatch(/^llm-mde: \d+ images? of the scene type \w+ (is|are) needed/);
  });
});

describe('llm-mde evaluate', () => {
  it('in parts, put together by merge, equals the whole to the byte', () => {
    llmMde('data', 'rooms', 'evaluated', '--count', '30', '--size', '32x24');
    const evaluate = (...parameters: string[]) => {
      const whole = ['evaluate', 'tiny', '--data', 'evaluated', '--split', 'all', '--batch-size', '4'];
      expect(llmMde(...whole, ...parameters).status).toBe(0);
    };
    evaluate('--out', 'whole.json');
    const parts = [1, 2, 3].map((part) => `part-${part}.json`);
    for (const [index, part] of parts.entries()) evaluate('--shard', `${index + 1}/3`, '--out', part);
    const report = llmMde('merge', 'whole.json').stdout;
    expect(report).toContain('AbsRel');
    expect(llmMde('merge', ...parts, '--out', 'merged.json').stdout).toBe(report);
    expect(readFileSync(join(folder, 'merged.json'), 'utf8')).toBe(readFileSync(join(folder, 'whole.json'), 'utf8'));
    const two = llmMde('merge', ...parts.slice(0, 2));
    expect([two.status, two.stdout]).toEqual([1, '']);
  });
});

describe('every command', () => {
  const names = ['train', 'evaluate', 'predict', 'export', 'reproduce', 'data', 'merge', 'doctor'];
  it.each([...names, ...['rooms', 'inspect', 'convert', 'splits', 'samples'].map((name) => `data ${name}`)])(
    'has help with examples: %s',
    async (command) => {
      const { stdout } = await inProcess(...command.split(' '), '--help');
      expect(stdout).toMatch(/Examples:\n {2}(cat \S+ \| )?llm-mde /);
    },
  );

  it.each([
    [['predict', 'nowhere', 'a.jpg'], 'llm-mde: nowhere does not exist: give the folder of a run or of a saved model.'],
    [['predict', '.', 'a.jpg', '--formt', 'png'], '(Did you mean --format?)'],
    [['predict', '.', 'a.jpg', '--intrinsics', '500'], 'fx,fy,cx,cy'],
    [['predict', '.', 'a.jpg', '--fov', '180'], 'between 0 and 180'],
    [['predict', '.', 'a.jpg', '--shard', '0/2'], 'shard i of n, counted from 1'],
    [
      ['export', 'nowhere', '--to', 'onnx', '--out', 'new'],
      'llm-mde: nowhere does not exist: give the folder of a run',
    ],
    [['export', '.', '--out', 'new'], "required option '--to <format>' not specified"],
    [['export', '.', '--to', 'tflite', '--out', 'new'], 'Allowed choices are onnx, safetensors, peft.'],
    [['export', '.', '--to', 'onnx', '--out', 'new', '--batch-size', '0'], "a positive integer or 'dynamic'"],
    [
      ['export', '.', '--to', 'peft', '--out', 'new', '--prompt', 'a'],
      'llm-mde: --prompt is for --to onnx: leave it out.',
    ],
    [['data', 'inspect', 'nowhere'], 'nowhere'],
    [['data', 'convert', 'a', 'b'], "required option '--format <name>' not specified"],
    [['data', 'inspekt', 'a'], '(Did you mean inspect?)'],
    [['train', '--resum'], '(Did you mean --resume?)'],
    [['train', '--resum'], 'Run llm-mde train --help'],
    [['train', '--data', 'nowhere.mat'], 'nowhere.mat: There is no such file.'],
    [['train', '--config', 'nowhere.json'], 'llm-mde: The configuration nowhere.json cannot be read'],
    [['train', '--set', 'training.epoch=3'], 'there is no key "training.epoch"; known keys are'],
    [['evaluate', 'nowhere'], 'llm-mde: nowhere does not exist: give the folder of a run or of a saved model.'],
    [['evaluate', '.', '--split', 'tests'], 'Allowed choices are train, validation, test, all.'],
    [['reproduce', '--table', '9'], 'The tables are 1, 2, 3, 4 and 5'],
    [['merge', 'nothing.json'], 'llm-mde: nothing.json cannot be read'],
  ])('ends %j with a sentence', async (parameters, message) => {
    const { stderr } = await inProcess(...parameters);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

/** What the command line prints, without a process of its own. */
async function inProcess(...parameters: string[]) {
  const printed = { stdout: '', stderr: '' };
  const output = {
    writeOut: (text: string) => {
      printed.stdout += text;
    },
    writeErr: (text: string) => {
      printed.stderr += text;
    },
  };
  const prepare = (command: Command) => {
    command.exitOverride().configureOutput(output);
    command.commands.forEach(prepare);
  };
  const program = createProgram();
  prepare(program);
  vi.stubEnv('LLM_MDE_DEVICE', 'wasm');
  try {
    await program.parseAsync(parameters, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) printed.stderr += `llm-mde: ${(error as Error).message}\n`;
  } finally {
    vi.unstubAllEnvs();
  }
  return printed;
}
