import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openImageFolder } from '@llm-mde/rgbd';
import { generateFrame } from '@llm-mde/rooms';
import { TransformersDepthModel } from '@llm-mde/teachers';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { compareFrame } from '../evaluate/evaluate-frames.js';
import { llmMde } from '../testing/llm-mde.js';

// The teacher is the model tiny, exported in transformers.js' layout; as a model of relative depth it is wrong, but known.
const folder = folderOfFile();
const photos = join(folder, 'photos');
const teacher = join(folder, 'teacher');
const relative = join(folder, 'relative');
const rooms = join(folder, 'rooms');

beforeAll(async () => {
  await llmMde('export', 'tiny', '--to', 'onnx', '--out', teacher, '--prompt', 'A room.');
  writeFileSync(join(teacher, 'README.md'), '---\nlicense: apache-2.0\n---\n');
  cpSync(teacher, relative, { recursive: true });
  rmSync(join(relative, 'README.md'));
  const config = JSON.parse(readFileSync(join(relative, 'config.json'), 'utf8'));
  writeFileSync(
    join(relative, 'config.json'),
    JSON.stringify({ ...config, depth_estimation_type: 'relative', max_depth: 1 }),
  );
  mkdirSync(join(photos, 'hall'), { recursive: true });
  for (const [index, file] of ['a.jpg', 'b.png', 'hall/a.png'].entries()) {
    const { image } = generateFrame({ sceneType: 'kitchen', frameIndex: 3 * index, width: 60, height: 45 });
    await sharp(image.data, { raw: image })
      .withExif({ IFD2: { FocalLengthIn35mmFilm: '28' } })
      .toFile(join(photos, file));
  }
  writeFileSync(join(photos, 'broken.jpg'), 'no image');
  await llmMde('data', 'rooms', rooms, '--count', '6', '--size', '40x30', '--format', 'pairs');
});

describe('llm-mde data label', () => {
  const label = (out: string, ...parameters: string[]) =>
    llmMde('data', 'label', photos, '--teacher', teacher, '--out', join(folder, out), ...parameters);

  /** What is said of single photos, line by line. */
  function notes(): string[] {
    const lines: string[] = [];
    vi.spyOn(console, 'error').mockImplementation((line) => lines.push(line));
    return lines;
  }

  it('writes images and depth maps that are the predictions of its teacher, and names a broken photo', async () => {
    const said = notes();
    const { stdout } = await label('labeled', '--size', '48');
    expect(stdout).toContain(`Labeled 3 of 4 photos into ${join(folder, 'labeled')} by ${teacher}; 1 failed.\n`);
    expect(stdout).toContain('(license apache-2.0 by its model card); it gives metres.\n');
    expect(said.filter((line) => line.includes('skipped'))).toEqual([
      expect.stringMatching(/^llm-mde: skipped\. .*broken\.jpg/),
    ]);
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
    const dataset = await openImageFolder(join(folder, 'labeled'));
    expect(dataset.frames.map(({ id, scene }) => [id, scene])).toEqual([
      ['hall/a', 'hall'],
      ['photos/a', 'photos'],
      ['photos/b', 'photos'],
    ]);
    const model = await TransformersDepthModel.load(teacher);
    for (const { id } of dataset.frames) {
      const { image, depth, intrinsics } = await dataset.read(id);
      expect([image.width, image.height]).toEqual([48, 36]);
      // Of 28 mm on film, whose diagonal is 43.27 mm.
      expect(intrinsics!.fx).toBeCloseTo((28 / 43.2666) * 60, 1);
      const [prediction] = await model.predict([image]);
      for (const [pixel, metres] of depth.entries()) {
        expect(Math.abs(metres - prediction!.values[pixel]!)).toBeLessThan(0.00051);
      }
    }
    await model.dispose();
    await dataset.close();
  });

  it('resumes, whatever a killed program left, and leaves alone what is labeled already', async () => {
    const out = join(folder, 'resumed');
    await label('resumed');
    const log = join(out, 'labels.jsonl');
    const [header, first, ...others] = readFileSync(log, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(header!)).toMatchObject({ teacher, license: 'apache-2.0', unit: 'metre', size: 1024 });
    expect(others).toHaveLength(2);
    // Of the second photo only the image is there, and of its line the beginning.
    const { id } = JSON.parse(others[0]!);
    writeFileSync(log, `${header}\n${first}\n`);
    appendFileSync(log, others[0]!.slice(0, 20));
    rmSync(join(out, 'depth', `${id}.png`));
    const unfinished = join(out, 'images/photos/x.png.11111111-1111-1111-1111-111111111111.tmp');
    writeFileSync(unfinished, '');
    const kept = join(out, 'images', `${JSON.parse(first!).id}.png`);
    writeFileSync(kept, 'untouched');
    const { stdout } = await label('resumed');
    expect(stdout).toContain('Labeled 2 of 4 photos');
    expect(stdout).toContain('; 1 labeled before; 1 failed.');
    expect(readFileSync(log, 'utf8')).toBe(`${[header, first, ...others].join('\n')}\n`);
    expect([existsSync(unfinished), existsSync(join(out, 'depth', `${id}.png`))]).toEqual([false, true]);
    expect(readFileSync(kept, 'utf8')).toBe('untouched');
    expect(readdirSync(out).sort()).toEqual(['depth', 'images', 'labels.jsonl']);
    process.exitCode = undefined;
  });

  it('takes no other folder, teacher or options for its own', async () => {
    const refused = async (message: string, ...parameters: string[]) =>
      expect((await llmMde('data', 'label', photos, ...parameters)).stderr).toContain(message);
    const out = ['--out', join(folder, 'labeled')];
    await refused(`were labeled by another teacher, ${teacher}`, '--teacher', relative, '--range', '1,4', ...out);
    await refused('were labeled with --size 48', '--teacher', teacher, ...out);
    await refused('has depth in it and no labels.jsonl', '--teacher', teacher, '--out', rooms);
    await refused('does not exist', '--teacher', './nowhere/at/all', '--out', 'new');
    await refused('gives metres itself: leave out --range.', '--teacher', teacher, '--range', '1,4', '--out', 'new');
    await refused('say with --range how far', '--teacher', relative, '--out', 'new');
    await refused('Must be <nearest>,<farthest> in metres', '--teacher', relative, '--range', '4,1', '--out', 'new');
    await refused('owner/depth (revision main) is not in the cache folder', '--teacher', 'owner/depth', '--out', 'new');
    const other = join(folder, 'others/photos');
    mkdirSync(other, { recursive: true });
    copyFileSync(join(photos, 'b.png'), join(other, 'a.png'));
    const said = notes();
    await llmMde('data', 'label', other, '--teacher', teacher, '--size', '48', ...out);
    expect(said.join()).toContain(`would replace the label of ${join(photos, 'a.jpg')}: choose another --out.`);
    process.exitCode = undefined;
    expect(existsSync('new')).toBe(false);
  });

  it('places relative inverse depth between the distances that are said', async () => {
    const out = join(folder, 'placed');
    const photo = join(photos, 'a.jpg');
    const { stdout } = await llmMde('data', 'label', photo, '--teacher', relative, '--range', '0.5,4', '--out', out);
    expect(stdout).toContain('(license unknown); it gives relative inverse depth');
    const dataset = await openImageFolder(out);
    const { image, depth } = await dataset.read('photos/a');
    const model = await TransformersDepthModel.load(relative);
    const [prediction] = await model.predict([image]);
    const { values } = prediction!;
    const [least, greatest] = [Math.min(...values), Math.max(...values)];
    for (const [pixel, metres] of depth.entries()) {
      const share = (values[pixel]! - least) / (greatest - least);
      expect(Math.abs(metres - 1 / (0.25 + 1.75 * share))).toBeLessThan(0.001);
    }
    await model.dispose();
    await dataset.close();
  });
});

describe('--model', () => {
  it('predicts with a model of others, and says its license', async () => {
    const out = join(folder, 'predicted');
    const { stdout, stderr } = await llmMde('predict', join(photos, 'a.jpg'), '--model', teacher, '--out', out);
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^Predicted 1 of 1 image into .* on cpu\.\n.*\(license apache-2\.0 by its model card\); it gives metres\. The model does not know the camera/,
    );
    expect(readdirSync(out).sort()).toEqual(['a.color.png', 'a.depth.png', 'a.json']);
    // Named like our own too, before the images.
    const again = await llmMde('predict', teacher, join(photos, 'a.jpg'), '--out', out);
    expect(again.stdout).toContain('Predicted 0 of 1 image');
  });

  it('writes relative inverse depth as NPY and PNG in which near is warm, and not as metres', async () => {
    const out = join(folder, 'predicted-relative');
    const photo = join(photos, 'a.jpg');
    const { stdout } = await llmMde('predict', photo, '--model', relative, '--out', out);
    expect(stdout).toMatch(/\(license unknown\); it gives relative inverse depth: .* unknown\.\n$/);
    expect(readdirSync(out).sort()).toEqual(['a.color.png', 'a.json', 'a.npy']);
    const facts = JSON.parse(readFileSync(join(out, 'a.json'), 'utf8'));
    expect(facts.unit).toBe('relative inverse depth');
    expect(facts.nearest).toBeGreaterThan(facts.farthest);
    const described = await llmMde('predict', photo, '--model', relative, '--out', out, '--scene', 'kitchen');
    expect(described.stderr).toContain('--scene is for models with prompts of the style "scene"');
    const { data, channels } = await decodeImage(join(out, 'a.color.png'));
    const image = await decodeImage(photo);
    const model = await TransformersDepthModel.load(relative);
    const [prediction] = await model.predict([image]);
    await model.dispose();
    const nearest = prediction!.values.indexOf(Math.max(...prediction!.values));
    // The last color of turbo, a dark red.
    expect(data[channels * nearest]).toBeGreaterThan(100);
    expect(data[channels * nearest + 2]).toBeLessThan(40);
    const refused = await llmMde('predict', photo, '--model', relative, '--format', 'png,ply', '--out', out);
    expect(refused.stderr).toContain('gives relative inverse depth, and ply holds metres: use --format npy,png.');
  });

  it('evaluates a model of others as ours, and a relative one aligned, which the table says', async () => {
    const evaluate = (...parameters: string[]) => llmMde('evaluate', ...parameters, '--data', rooms, '--split', 'all');
    const metric = await evaluate('--model', teacher);
    expect(metric.stdout).toContain(`${teacher} on 6 frames (all) of ${rooms}\n`);
    expect(metric.stdout).toContain('no alignment');
    expect(metric.stdout).toContain('(license apache-2.0 by its model card); it gives metres.\n');
    const { stdout } = await evaluate('--model', relative, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ protocol: { alignment: 'disparity' }, frames: 6 });
    expect((await evaluate('--model', relative)).stdout).toContain('aligned per image by scale and shift in disparity');
    expect((await evaluate('--model', relative, '--align', 'median')).stderr).toContain('leave out --align median.');
    expect((await evaluate('--model', relative, '--align', 'none')).stderr).toContain('leave out --align none.');
    expect((await evaluate()).stderr).toContain('give one model');
    expect((await evaluate('tiny', '--model', teacher)).stderr).toContain('give one model');
  });
});

it('finds the truth again of inverse depth with any scale and shift', () => {
  const image = { data: new Uint8Array(24), width: 4, height: 2, channels: 3 as const };
  const depth = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 0]);
  const frame = { id: 'a', scene: '', sceneType: 'kitchen', image, depth, valid: Uint8Array.from(depth, Math.sign) };
  const protocol = { minDepth: 1e-3, maxDepth: 10, crop: 'none', alignment: 'disparity', testTimeFlip: false } as const;
  const options = { ...protocol, batchSize: 1, unit: 'relative' } as const;
  const { errors } = compareFrame(
    frame,
    depth.map((metres) => 70 / (metres || 9) - 3),
    options,
  );
  expect(errors.pixels).toBe(7);
  expect(errors.absRel).toBeLessThan(1e-5);
  const nothing = compareFrame({ ...frame, valid: new Uint8Array(8) }, depth, options);
  expect(nothing.errors.pixels).toBe(0);
});
