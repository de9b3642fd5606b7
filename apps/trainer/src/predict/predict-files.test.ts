import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Device, openDevice } from '@llm-mde/backend';
import { decodeDepthPng } from '@llm-mde/depth-maps';
import { generateFrame } from '@llm-mde/rooms';
import { alignAttention } from '@llm-mde/tooling-vitest/testing/align-attention';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import { configure, LlmMde, preset } from 'llm-mde';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findModel, modelDigest } from '../run/find-model.js';
import { inBatches, shardOf } from '../run/shard.js';
import { findInputs, type Input } from './find-inputs.js';
import { type PredictFilesOptions, predictFiles } from './predict-files.js';
import { removeLeftBehind } from './result-files.js';

const folder = folderOfFile();
const photos = join(folder, 'photos');
let device: Device;
let model: LlmMde;

beforeAll(async () => {
  device = await openDevice({ device: 'wasm' });
  model = await LlmMde.create(preset('tiny'));
  mkdirSync(join(photos, 'deeper'), { recursive: true });
  for (const [index, file] of ['a.jpg', 'a.png', 'b.png', 'deeper/a.webp'].entries()) {
    const { image } = generateFrame({ sceneType: 'kitchen', frameIndex: index, width: 40, height: 30 });
    const picture = sharp(image.data, { raw: image });
    // Turned by a quarter, as a phone held upright writes it.
    if (file === 'b.png') picture.withMetadata({ orientation: 6 });
    await picture.toFile(join(photos, file));
  }
  writeFileSync(join(photos, 'broken.jpg'), 'no image');
  writeFileSync(join(photos, 'notes.txt'), 'nothing');
});

afterAll(async () => {
  await model.dispose();
  await device.close();
});

async function predictInto(
  out: string,
  { inputs, ...changes }: Partial<PredictFilesOptions> & { inputs?: Input[] } = {},
) {
  const problems: string[] = [];
  const result = await predictFiles({
    model,
    digest: 'one',
    batches: inBatches(inputs ?? (await findInputs([photos])), 2),
    out: join(folder, out),
    format: ['png16', 'npy'],
    batchSize: 2,
    onImage: ({ problem }) => problem !== undefined && problems.push(problem),
    ...changes,
  });
  return { ...result, problems };
}

function filesOf(out: string): string[] {
  const files = readdirSync(join(folder, out), { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name).slice(join(folder, out).length + 1))
    .sort();
}

describe('predictFiles', () => {
  it('writes every format of every image, and names what is broken', async () => {
    const { problems, ...result } = await predictInto('out', { format: ['png16', 'npy', 'png', 'ply', 'glb'] });
    expect(result).toEqual({ predicted: 4, present: 0, failed: 1, assumed: 0 });
    expect(problems).toEqual([expect.stringMatching(/^Cannot decode .*broken\.jpg: /)]);
    const endings = ['.color.png', '.depth.png', '.glb', '.json', '.npy', '.ply'];
    expect(filesOf('out')).toEqual(
      ['a.jpg', 'a.png', 'b', 'deeper/a'].flatMap((name) => endings.map((ending) => name + ending)).sort(),
    );
    expect(statSync(join(folder, 'out/b.ply')).size).toBeGreaterThan(30 * 40 * 15);
  });

  it("writes the model's depth, of the image turned upright", async () => {
    const image = await decodeImage(join(photos, 'b.png'));
    expect([image.width, image.height]).toEqual([30, 40]);
    const { depth, prompt } = await model.predict(image);
    const { data, width, height } = decodeDepthPng(readFileSync(join(folder, 'out/b.depth.png')));
    expect([width, height]).toEqual([30, 40]);
    const npy = readFileSync(join(folder, 'out/b.npy'));
    for (const [pixel, metres] of depth.entries()) {
      expect(Math.abs(data[pixel]! - metres)).toBeLessThan(0.001);
      expect(npy.readFloatLE(128 + 4 * pixel)).toBeCloseTo(metres, 4);
    }
    const facts = JSON.parse(readFileSync(join(folder, 'out/b.json'), 'utf8'));
    expect(facts).toMatchObject({ source: join(photos, 'b.png'), width: 30, height: 40, prompt });
    expect(facts.nearest).toBeCloseTo(Math.min(...depth), 5);
  });

  it('gives metres by the focal length that is stated, in the EXIF data of the photo, or assumed', async () => {
    const withCamera = await LlmMde.create(configure(preset('tiny'), { camera: { focalLength: 50 } }));
    const cameras = join(folder, 'cameras');
    mkdirSync(cameras);
    const { image } = generateFrame({ sceneType: 'kitchen', frameIndex: 0, width: 40, height: 30 });
    for (const [name, millimetres] of Object.entries({ stated: '26', lies: '0', unknown: undefined })) {
      const picture = sharp(image.data, { raw: image });
      if (millimetres) picture.withExif({ IFD2: { FocalLengthIn35mmFilm: millimetres } });
      await picture.png().toFile(join(cameras, `${name}.png`));
    }
    const notes: string[] = [];
    const options = { model: withCamera, inputs: await findInputs([cameras]), format: ['npy'] as const };
    const { assumed } = await predictInto('by-camera', { ...options, onNote: (note) => notes.push(note) });
    const cameraOf = (out: string, name: string) => JSON.parse(readFileSync(join(folder, out, `${name}.json`), 'utf8'));
    expect(assumed).toBe(2);
    expect(notes).toEqual([
      expect.stringMatching(/lies\.png: The focal length in its EXIF data is not used\. It is 0/),
    ]);
    const stated = cameraOf('by-camera', 'stated');
    expect(stated.camera).toEqual({ focalLength: expect.closeTo((26 * 50) / Math.hypot(36, 24), 4), assumed: false });
    const unknown = cameraOf('by-camera', 'unknown');
    expect(unknown.camera).toEqual({ focalLength: expect.closeTo(20 * Math.sqrt(3), 4), assumed: true });
    // The same pixels: only the camera differs.
    expect(stated.nearest / unknown.nearest).toBeCloseTo(stated.camera.focalLength / unknown.camera.focalLength, 4);
    expect(await predictInto('by-fov', { ...options, fov: 90 })).toMatchObject({ assumed: 0 });
    expect(cameraOf('by-fov', 'stated').camera.focalLength).toBeCloseTo(20, 4);
    await withCamera.dispose();
  });

  it("writes a calibrated model's metres, and its factor", async () => {
    const calibrated = await LlmMde.create(configure(preset('tiny'), { depthScale: 2 }));
    const inputs = await findInputs([join(photos, 'a.jpg')]);
    await predictInto('calibrated', { model: calibrated, inputs });
    await predictInto('uncalibrated', { inputs });
    const facts = (out: string) => JSON.parse(readFileSync(join(folder, out, 'a.json'), 'utf8'));
    expect(facts('calibrated')).toMatchObject({
      calibration: 2,
      nearest: expect.closeTo(2 * facts('uncalibrated').nearest, 4),
    });
    expect(facts('uncalibrated')).not.toHaveProperty('calibration');
    await calibrated.dispose();
  });

  it('goes on where it stopped: with what is missing, or of another model', async () => {
    expect(await predictInto('out')).toMatchObject({ predicted: 0, present: 4, failed: 1 });
    const before = readFileSync(join(folder, 'out/a.png.npy'));
    rmSync(join(folder, 'out/a.png.npy'));
    expect(await predictInto('out')).toMatchObject({ predicted: 1, present: 3 });
    expect(readFileSync(join(folder, 'out/a.png.npy')).equals(before)).toBe(true);
    expect(await predictInto('out', { digest: 'two' })).toMatchObject({ predicted: 4, present: 0 });
    const inputs = await findInputs([join(photos, 'b.png')]);
    expect(await predictInto('out', { inputs, digest: 'two', flip: true })).toMatchObject({ predicted: 1 });
  });

  it('says what the patches attend to only where asked to, and keeps it', async () => {
    const inputs = await findInputs([join(photos, 'a.jpg'), join(photos, 'b.png')]);
    const facts = () => JSON.parse(readFileSync(join(folder, 'attention/b.json'), 'utf8'));
    await predictInto('attention', { inputs });
    expect(facts()).not.toHaveProperty('attention');
    const told: string[] = [];
    const options = { inputs, attention: true, onAttention: (name: string) => told.push(name) };
    expect(await predictInto('attention', options)).toMatchObject({ predicted: 2, present: 0 });
    expect(told).toEqual(['a', 'b']);
    // Of random weights.
    const nothing = { verdict: 'even', sentence: expect.stringMatching(/almost evenly .* nothing to see/) };
    expect(facts().attention).toMatchObject(nothing);
    expect(facts().attention).not.toHaveProperty('patches');
    expect(await predictInto('attention', options)).toMatchObject({ predicted: 0, present: 2 });
    expect(await predictInto('attention', { inputs, format: ['png'] })).toMatchObject({ predicted: 2 });
    expect(facts().attention).toMatchObject(nothing);
    expect(await predictInto('attention', { inputs, digest: 'two' })).toMatchObject({ predicted: 2 });
    expect(facts()).not.toHaveProperty('attention');
  });

  it('lists the prototypes of each patch where they differ by more than chance, and the words they are close to', async () => {
    const attentive = await LlmMde.create(preset('tiny'));
    alignAttention(attentive.network.reprogramming, 30);
    const inputs = await findInputs([join(photos, 'b.png')]);
    await predictInto('attentive', { inputs, model: attentive, attention: true });
    const { attention } = JSON.parse(readFileSync(join(folder, 'attentive/b.json'), 'utf8'));
    expect(attention).toMatchObject({ verdict: 'informative', rows: 8, columns: 8 });
    expect(attention.patches).toHaveLength(64);
    const words = await attentive.wordsOf(
      attention.patches[9].map(({ prototype }: { prototype: number }) => prototype),
    );
    for (const [rank, { prototype, timesEven, timesMean }] of attention.patches[9].entries()) {
      expect(timesEven).toBeLessThanOrEqual(attention.patches[9][0].timesEven);
      expect(timesMean).toBeGreaterThan(0);
      const close = words[rank]!.filter(({ isClose }) => isClose).map(({ word }) => word);
      expect(attention.words[prototype].map(({ word }: { word: string }) => word)).toEqual(close);
    }
    await attentive.dispose();
  });

  it('does not replace the result of another image, unless told to', async () => {
    const inputs = await findInputs([join(photos, 'deeper/a.webp')]);
    await predictInto('other', { inputs: await findInputs([join(photos, 'a.jpg')]) });
    const { predicted, problems } = await predictInto('other', { inputs });
    expect(predicted).toBe(0);
    expect(problems).toEqual([expect.stringContaining('a.jpg: choose another --out, or replace it with --overwrite.')]);
    expect(await predictInto('other', { inputs, overwrite: true })).toMatchObject({ predicted: 1, failed: 0 });
  });

  it('reports what fails for one image while its result is written, and does the others', async () => {
    const inputs = await findInputs([join(photos, 'a.jpg'), join(photos, 'b.png')]);
    const broken = new Proxy(model, {
      get(target, name) {
        if (name !== 'predict') return Reflect.get(target, name);
        // A depth map of another size cannot be encoded.
        return async (images: Parameters<LlmMde['predict']>[0], options: object) => {
          const [first, ...others] = (await target.predict(images as never, options)) as unknown as { width: number }[];
          return [{ ...first, width: 1 }, ...others];
        };
      },
    });
    const { problems, ...result } = await predictInto('one-fails', { inputs, model: broken });
    expect(result).toEqual({ predicted: 1, present: 0, failed: 1, assumed: 0 });
    expect(problems).toEqual([expect.stringMatching(/a\.jpg: /)]);
    expect(await predictInto('one-fails', { inputs })).toMatchObject({ predicted: 1, present: 1, problems: [] });
  });

  it('replaces no JSON file that is no result, and refuses a camera before it predicts', async () => {
    const inputs = await findInputs([join(photos, 'b.png')]);
    mkdirSync(join(folder, 'labels'));
    writeFileSync(join(folder, 'labels/b.json'), '{"shapes":[]}');
    expect((await predictInto('labels', { inputs })).problems).toEqual([
      expect.stringContaining('b.json exists and is not a result of llm-mde predict'),
    ]);
    expect(readFileSync(join(folder, 'labels/b.json'), 'utf8')).toBe('{"shapes":[]}');
    const intrinsics = { fx: 5, fy: 5, cx: 15, cy: 20 };
    const { problems } = await predictInto('camera', { inputs, intrinsics, format: ['png', 'ply'] });
    expect(problems).toEqual([expect.stringContaining('A focal length of 5 pixels is a field of view')]);
    expect(existsSync(join(folder, 'camera'))).toBe(false);
  });

  it('replaces no file of a name of its own that it did not write, unless told to', async () => {
    const inputs = await findInputs([join(photos, 'b.png')]);
    const own = join(folder, 'own/b.npy');
    mkdirSync(join(folder, 'own'));
    writeFileSync(own, 'mine');
    // Without any result beside it, and with one of other formats.
    for (const format of [['npy'], ['png16'], ['png16', 'npy']] as const) {
      const { problems } = await predictInto('own', { inputs, format });
      const refusal = `${own} exists and is not a result of llm-mde predict: choose another --out, or replace it with --overwrite.`;
      expect(problems).toEqual(format.includes('npy' as never) ? [refusal] : []);
      expect(readFileSync(own, 'utf8')).toBe('mine');
    }
    expect(await predictInto('own', { inputs, format: ['npy'], overwrite: true })).toMatchObject({ predicted: 1 });
    expect(await predictInto('own', { inputs })).toMatchObject({ present: 1, problems: [] });
  });

  it('predicts again what is of another model, also where another format is of this one', async () => {
    const inputs = await findInputs([join(photos, 'b.png')]);
    await predictInto('models', { inputs, format: ['npy'] });
    await predictInto('models', { inputs, format: ['png16'], digest: 'two' });
    const again = { inputs, format: ['npy'], digest: 'two' } as const;
    expect(await predictInto('models', again)).toMatchObject({ predicted: 1, present: 0, problems: [] });
    expect(await predictInto('models', { ...again, format: ['npy', 'png16'] })).toMatchObject({ present: 1 });
  });

  it('says in the prompt what scene the images show, and predicts again what is said to show another', async () => {
    const scenic = await LlmMde.create(configure(preset('tiny'), { prompt: { style: 'scene' } }));
    const inputs = await findInputs([join(photos, 'b.png')]);
    const predictAs = (scene?: string) => predictInto('scenes', { model: scenic, inputs, ...(scene && { scene }) });
    const prompt = () => JSON.parse(readFileSync(join(folder, 'scenes/b.json'), 'utf8')).prompt;
    try {
      await predictAs();
      expect(prompt()).toContain('Scene: unknown.');
      expect(await predictAs('a small kitchen')).toMatchObject({ predicted: 1, problems: [] });
      expect(prompt()).toContain('Scene: a small kitchen.');
      expect(await predictAs('a small kitchen')).toMatchObject({ predicted: 0, present: 1 });
    } finally {
      await scenic.dispose();
    }
  });

  it('removes what a killed program was writing, if it is old and its own', async () => {
    const ours = join(folder, `left/b.depth.png.${crypto.randomUUID()}.tmp`);
    const others = [`b.npy.${crypto.randomUUID()}.tmp`, 'mine.tmp'].map((name) => join(folder, 'left', name));
    mkdirSync(join(folder, 'left'));
    for (const file of [ours, ...others]) writeFileSync(file, '');
    for (const file of [ours, others[1]!]) utimesSync(file, new Date(0), new Date(0));
    await removeLeftBehind(join(folder, 'left'));
    expect(filesOf('left').map((name) => join(folder, 'left', name))).toEqual(others.sort());
  });

  it('gives the same files, byte for byte, when it is parted', async () => {
    const batches = inBatches(await findInputs([photos]), 2);
    await predictInto('whole', { batches });
    for (const index of [0, 1]) await predictInto('parts', { batches: shardOf(batches, { index, count: 2 }) });
    expect(filesOf('parts')).toEqual(filesOf('whole'));
    for (const file of filesOf('whole')) {
      expect(readFileSync(join(folder, 'parts', file)).equals(readFileSync(join(folder, 'whole', file)))).toBe(true);
    }
  });
});

describe('findInputs', () => {
  const names = async (...named: string[]) => (await findInputs(named)).map(({ name }) => name);

  it('takes files, folders, patterns and standard input, each image once', async () => {
    expect(await names(photos)).toEqual(['a.jpg', 'a.png', 'b', 'broken', 'deeper/a']);
    expect(await names(`${photos}/*.png`, join(photos, 'b.png'), '-')).toEqual(['stdin', 'a', 'b']);
    expect(await names(join(photos, 'a.png'), join(photos, 'notes.txt'))).toEqual(['a', 'notes']);
  });

  it('takes no results of its own for images', async () => {
    cpSync(photos, join(folder, 'again'), { recursive: true });
    const again = join(folder, 'again');
    await predictInto('again', { inputs: await findInputs([again]), format: ['png16', 'png'] });
    await predictInto('again/predictions', { inputs: await findInputs([again]) });
    expect(await names(again)).toEqual(await names(photos));
    const out = join(again, 'predictions');
    writeFileSync(join(out, 'more.png'), '');
    expect((await findInputs([again], out)).map(({ name }) => name)).toEqual(await names(photos));
    await expect(findInputs([join(again, 'b.depth.png')])).rejects.toThrow('has only results of llm-mde predict');
  });

  it('tells apart what would be called alike', async () => {
    expect(await names(join(photos, 'a.jpg'), join(photos, 'a.png'), join(photos, 'deeper/a.webp'))).toEqual([
      'a.jpg',
      'a.png',
      'a.webp',
    ]);
    mkdirSync(join(folder, 'more'));
    writeFileSync(join(folder, 'more/A.jpg'), '');
    expect(await names(join(photos, 'a.jpg'), join(folder, 'more/A.jpg'))).toEqual(['a.jpg', 'A.jpg-2']);
  });

  it('takes addresses, whose results are named after their file', async () => {
    const addresses = ['https://example.com/rooms/a%20b.jpg?size=2', 'https://example.com/', join(photos, 'a.jpg')];
    expect(await findInputs([...addresses, 'https://example.com/a.png'])).toEqual([
      { path: addresses[0], name: 'a_20b' },
      { path: addresses[1], name: 'example.com' },
      { path: addresses[2], name: 'a.jpg' },
      { path: 'https://example.com/a.png', name: 'a.png' },
    ]);
    const photo = readFileSync(join(photos, 'a.jpg'));
    vi.stubGlobal('fetch', async (address: string) =>
      address.endsWith('/a.jpg') ? new Response(photo) : new Response('', { status: 404, statusText: 'Not Found' }),
    );
    const inputs = await findInputs(['https://example.com/a.jpg', 'https://example.com/b.jpg']);
    const { predicted, failed, problems } = await predictInto('fetched', { inputs });
    vi.unstubAllGlobals();
    expect([predicted, failed]).toEqual([1, 1]);
    expect(problems.join()).toContain('Cannot decode https://example.com/b.jpg: the server answered 404 Not Found');
    const facts = JSON.parse(readFileSync(join(folder, 'fetched/a.json'), 'utf8'));
    expect(facts.source).toBe('https://example.com/a.jpg');
  });

  it('says what is not there', async () => {
    await expect(findInputs(['ftp://example.com/a.jpg'])).rejects.toThrow('an address begins with https:// or http://');
    await expect(findInputs(['nowhere.jpg'])).rejects.toThrow('nowhere.jpg does not exist: give files, folders');
    mkdirSync(join(folder, 'empty'));
    await expect(findInputs([join(folder, 'empty')])).rejects.toThrow('No images found in the folder');
  });
});

describe('findModel', () => {
  it("finds a saved model, and a run's best", async () => {
    await model.save(join(folder, 'run/best'));
    expect(await findModel(join(folder, 'run'))).toBe(join(folder, 'run/best'));
    expect(await findModel(join(folder, 'run/best'))).toBe(join(folder, 'run/best'));
    expect(await modelDigest(join(folder, 'run/best'))).toMatch(/^[0-9a-f]{64}$/);
    await expect(findModel(photos)).rejects.toThrow('There is no model in');
    await expect(findModel(join(folder, 'none'))).rejects.toThrow(
      'give the folder of a run or of a saved model, one of',
    );
    await expect(findModel('https://example.com/model')).rejects.toThrow('models are read from folders');
  });
});
