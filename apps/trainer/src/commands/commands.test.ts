import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { LlmMde, preset } from 'llm-mde';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { modelDigest } from '../run/find-model.js';
import { llmMde } from '../testing/llm-mde.js';
import { predictCommand } from './predict.js';

const folder = folderOfFile();
const rooms = join(folder, 'rooms');

beforeAll(async () => {
  const { stdout } = await llmMde('data', 'rooms', rooms, '--count', '12', '--size', '32x24');
  expect(stdout).toBe(`Wrote 12 frames to ${rooms}.\n`);
});

describe('llm-mde data', () => {
  it('inspects rooms, lists their splits and samples', async () => {
    const inspected = await llmMde('data', 'inspect', rooms, '--json');
    expect(JSON.parse(inspected.stdout)).toMatchObject({ frames: 12, scenes: 4 });
    const { stdout } = await llmMde('data', 'splits', rooms, '--out', join(folder, 'lists'));
    expect(stdout).toMatch(/^train +\d+ frames of \d scenes {2}.*lists\/train\.txt$/m);
    expect(readFileSync(join(folder, 'lists/test.txt'), 'utf8')).toMatch(/^# split: the official split\n/);
    const samples = await llmMde('data', 'samples', rooms);
    expect(samples.stderr).toMatch(/^llm-mde: \d+ images? of the scene type \w+ (is|are) needed/);
  });
});

describe('llm-mde evaluate', () => {
  it('in shards, merged, equals the whole to the byte', async () => {
    const file = (name: string) => join(folder, name);
    const evaluate = async (...parameters: string[]) => {
      const whole = ['evaluate', 'tiny', '--data', rooms, '--split', 'all', '--batch-size', '2'];
      expect((await llmMde(...whole, ...parameters)).stderr).toBe('');
    };
    await evaluate('--out', file('whole.json'));
    const shards = [1, 2, 3].map((shard) => file(`shard-${shard}.json`));
    for (const [index, shard] of shards.entries()) await evaluate('--shard', `${index + 1}/3`, '--out', shard);
    const { stdout } = await llmMde('merge', file('whole.json'));
    expect(stdout).toContain('AbsRel');
    expect((await llmMde('merge', ...shards, '--out', file('merged.json'))).stdout).toBe(stdout);
    expect(readFileSync(file('merged.json'), 'utf8')).toBe(readFileSync(file('whole.json'), 'utf8'));
    expect(await llmMde('merge', ...shards.slice(0, 2))).toEqual({
      stdout: '',
      stderr: expect.stringMatching(/^llm-mde: /),
    });
  });
});

it('llm-mde evaluate takes the frames of a list, whatever split they are in, and no split beside it', async () => {
  await llmMde('data', 'splits', rooms, '--out', join(folder, 'all'));
  const list = join(folder, 'all/train.txt');
  const parameters = ['evaluate', 'tiny', '--data', rooms, '--list', list, '--json'];
  const frames = readFileSync(list, 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  expect(JSON.parse((await llmMde(...parameters)).stdout)).toMatchObject({ frames: frames.length, split: list });
  expect((await llmMde(...parameters, '--split', 'test')).stderr).toContain("cannot be used with option '--list");
});

describe('llm-mde export', () => {
  const checkpoint = join(folder, 'model');

  beforeAll(async () => {
    const device = await openDevice({ device: 'wasm' });
    const model = await LlmMde.create(preset('tiny'));
    await model.save(checkpoint);
    model.dispose();
    await device.close();
  });

  it.each([
    [
      'model',
      [
        'SHA256SUMS',
        'config.json',
        'language.safetensors',
        'language_adapter',
        'model.safetensors',
        'vision.safetensors',
        'vision_adapter',
      ],
    ],
    ['onnx', ['config.json', 'onnx', 'preprocessor_config.json']],
    ['safetensors', ['language', 'model.safetensors', 'vision']],
    ['peft', ['language_adapter', 'vision_adapter']],
  ])('writes a model as %s', async (format, files) => {
    const out = join(folder, `as-${format}`);
    expect(await llmMde('export', checkpoint, '--to', format, '--out', out)).toEqual({
      stdout: `Wrote ${out}.\n`,
      stderr: '',
    });
    expect(readdirSync(out).sort()).toEqual(files);
  });

  it('bakes a prompt in, and replaces a folder only if told to', async () => {
    const out = join(folder, 'baked');
    mkdirSync(out);
    const parameters = ['export', checkpoint, '--to', 'onnx', '--out', out, '--prompt', 'A room.'];
    const { stderr } = await llmMde(...parameters, '--batch-size', '2');
    expect(stderr).toBe(`llm-mde: ${out} already exists: choose another --out, or replace it with --overwrite.\n`);
    writeFileSync(join(out, 'thesis.tex'), '');
    const refused = await llmMde(...parameters, '--overwrite');
    expect(refused.stderr).toContain('also holds thesis.tex, which no export wrote');
    rmSync(join(out, 'thesis.tex'));
    const { stderr: nothing } = await llmMde(...parameters, '--batch-size', '2', '--dtype', 'q8,fp16', '--overwrite');
    expect(nothing).toBe('');
    expect(readdirSync(join(out, 'onnx')).sort()).toEqual(
      ['model.onnx', 'model_fp16.onnx', 'model_quantized.onnx', 'quantize_config.json'].sort(),
    );
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
    const llm_mde_digest = await modelDigest(checkpoint);
    expect(config).toMatchObject({ model_type: 'dpt', prompt: 'A room.', max_depth: 10, llm_mde_digest });
  });
});

it('llm-mde predict reads the camera', () => {
  const command = predictCommand();
  command.parseOptions(['--intrinsics', '500,501,320,240', '--fov', '65']);
  expect(command.opts()).toMatchObject({ intrinsics: { fx: 500, fy: 501, cx: 320, cy: 240 }, fov: 65 });
});

it('llm-mde predict without a model takes the one for photographs, or tiny where its towers cannot be had', async () => {
  const photo = join(folder, 'photo.png');
  await sharp({ create: { width: 40, height: 30, channels: 3, background: '#888' } }).toFile(photo);
  const out = join(folder, 'of-photo');
  for (const [name, value] of Object.entries({ HF_HUB_OFFLINE: '1', HF_HUB_CACHE: folder, LLM_MDE_TOWERS: '' })) {
    vi.stubEnv(name, value);
  }
  const notes: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((text) => notes.push(text));
  const { stdout } = await llmMde('predict', photo, '--out', out);
  expect(notes.join()).toMatch(
    /the model rooms-small cannot be used: facebook\/dinov2-small .*The model tiny is used instead/s,
  );
  expect(stdout).toContain('Predicted 1 of 1 image');
  expect(existsSync(join(out, 'photo.depth.png'))).toBe(true);
  expect((await llmMde('predict', 'tiny')).stderr).toContain(
    'give images, folders of images or patterns after the model tiny.',
  );
});

it('llm-mde has a version', async () => {
  expect((await llmMde('--version')).stdout).toMatch(/^\d+\.\d+\.\d+/);
});

it('llm-mde train leaves nothing behind where its data cannot be opened', async () => {
  const out = join(folder, 'failed-run');
  expect((await llmMde('train', '--data', join(folder, 'nowhere.mat'), '--out', out)).stderr).toContain('no such file');
  expect(existsSync(out)).toBe(false);
});

describe('every command', () => {
  const names = ['train', 'evaluate', 'predict', 'calibrate', 'export', 'reproduce', 'data', 'merge', 'doctor'];
  it.each([...names, ...['rooms', 'inspect', 'convert', 'splits', 'samples', 'label'].map((name) => `data ${name}`)])(
    'has help with examples: %s',
    async (command) => {
      const { stdout } = await llmMde(...command.split(' '), '--help');
      expect(stdout).toMatch(/Examples:\n {2}(cat \S+ \| )?llm-mde /);
    },
  );

  it.each([
    [['predict', 'nowhere.jpg'], 'llm-mde: nowhere.jpg does not exist: give files, folders'],
    [['predict', 'nowhere', 'a.jpg'], 'llm-mde: nowhere does not exist: give the folder of a run or of a saved model'],
    [['predict', '.', 'a.jpg', '--formt', 'png'], '(Did you mean --format?)'],
    [['predict', '.', 'a.jpg', '--intrinsics', '500'], 'fx,fy,cx,cy'],
    [['predict', '.', 'a.jpg', '--intrinsics', '0,1,2,3'], 'fx,fy,cx,cy'],
    [['predict', '.', 'a.jpg', '--intrinsics', 'a,b,c,d'], 'fx,fy,cx,cy'],
    [['predict', '.', 'a.jpg', '--fov', '180'], 'between 0 and 180'],
    [['predict', '.', 'a.jpg', '--shard', '0/2'], 'shard i of n, counted from 1'],
    [
      ['export', 'nowhere', '--to', 'onnx', '--out', 'new'],
      'llm-mde: nowhere does not exist: give the folder of a run',
    ],
    [['export', '.', '--out', 'new'], "required option '--to <format>' not specified"],
    [['export', '.', '--to', 'tflite', '--out', 'new'], 'Allowed choices are model, onnx, safetensors, peft.'],
    [['export', '.', '--to', 'onnx', '--out', 'new', '--dtype', 'q9'], 'There is no dtype "q9": choose of fp16, q8'],
    [['export', '.', '--to', 'onnx', '--out', 'new', '--batch-size', '0'], "a positive integer or 'dynamic'"],
    [
      ['export', '.', '--to', 'peft', '--out', 'new', '--prompt', 'a'],
      'llm-mde: --prompt is for --to onnx: leave it out.',
    ],
    [['calibrate', 'tiny', 'a.jpg=far', 'b.jpg=2'], 'a.jpg=far should be a photo with its distance in metres'],
    [['calibrate', 'tiny', 'a.jpg=2.35'], 'llm-mde: 1 photo is too few to tell whether a factor helps on others'],
    [['calibrate', 'tiny', rooms], 'models that come with llm-mde are not changed'],
    [['calibrate', 'tiny', rooms, '--out', rooms], `${rooms} already exists: choose another --out.`],
    [['data', 'inspect', 'nowhere'], 'nowhere'],
    [['data', 'convert', 'a', 'b'], "required option '--format <name>' not specified"],
    [['data', 'inspekt', 'a'], '(Did you mean inspect?)'],
    [['doctor', '--xml'], "unknown option '--xml'"],
    [['train', '--resum'], '(Did you mean --resume?)'],
    [['train', '--resum'], 'Run llm-mde train --help'],
    [['train', '--data', 'nowhere.mat'], 'nowhere.mat: There is no such file.'],
    [['train', '--config', 'nowhere.json'], 'llm-mde: nowhere.json cannot be read'],
    [['train', '--epochs', '0'], 'Must be a positive integer.'],
    [['train', '--set', 'training.epoch=3'], 'there is no key "training.epoch"; known keys are'],
    [['evaluate', 'nowhere'], 'llm-mde: nowhere does not exist: give the folder of a run or of a saved model'],
    [['evaluate', 'google/vit'], 'google/vit (revision main) is not in the cache folder'],
    [['predict', '.', 'a.jpg', '--formt', 'png'], "llm-mde: unknown option '--formt'"],
    [['train', '--config', 'a.yaml'], 'a.yaml: a configuration is a JSON file'],
    [['evaluate', '.', '--split', 'tests'], 'Allowed choices are train, validation, test, all.'],
    [['reproduce', '--table', '9'], 'The tables are 1, 2, 3, 4 and 5'],
  ])('ends %j with a sentence', async (parameters, message) => {
    const { stderr } = await llmMde(...parameters);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
