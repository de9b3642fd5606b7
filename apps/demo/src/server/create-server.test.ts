import { readFileSync } from 'node:fs';
import { decodeDepthPng } from '@llm-mde/depth-maps';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import { LlmMde } from 'llm-mde';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type DemoServer, startDemoServer } from '../testing/demo-server.js';
import { ModelRegistry } from './models.js';

let server: DemoServer;
let image: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  server = await startDemoServer();
  image = Uint8Array.from(readFileSync(new URL('../page/public/samples/kitchen.jpg', import.meta.url)));
});
afterAll(() => server?.close());

const post = (path: string, body: BodyInit, headers: Record<string, string> = { 'content-type': 'image/jpeg' }) =>
  fetch(server.address + path, { method: 'POST', body, headers });

interface DepthJson {
  depth: string;
  width: number;
  height: number;
  [name: string]: unknown;
}

const depthOf = ({ depth }: DepthJson) => new Float32Array(new Uint8Array(Buffer.from(depth, 'base64')).buffer);

describe('POST /api/depth', () => {
  it('answers what the model itself predicts, in JSON, PNG and NPY', async () => {
    const model = await LlmMde.load(`${inject('models')}/rooms/best`);
    const expected = await model.predict(await decodeImage(image));
    await model.dispose();
    const response = await post('/api/depth', image);
    expect(response.status).toBe(200);
    const json = (await response.json()) as DepthJson;
    const { width, height, prompt, class: depthClass } = expected;
    expect(json).toMatchObject({ model: 'rooms', width, height, prompt, class: depthClass, unit: 'metre', batch: 1 });
    expect(depthOf(json)).toEqual(expected.depth);
    expect(json.minimum).toBeCloseTo(
      expected.depth.reduce((least, metres) => Math.min(least, metres)),
      5,
    );
    expect(json.timings).toMatchObject({ decode: expect.any(Number), compute: expect.any(Number) });

    const png = await post('/api/depth', image, { 'content-type': 'image/jpeg', accept: 'image/png' });
    expect(png.headers.get('content-type')).toBe('image/png');
    expect(decodeURIComponent(png.headers.get('depth-prompt')!)).toBe(prompt);
    expect(png.headers.get('server-timing')).toMatch(/decode;dur=.*total;dur=/);
    const fromPng = decodeDepthPng(new Uint8Array(await png.arrayBuffer()));
    expect(fromPng.data.every((metres, at) => Math.abs(metres - expected.depth[at]!) < 6e-4)).toBe(true);

    const npy = await post('/api/depth', image, { 'content-type': 'image/jpeg', accept: 'application/x-npy' });
    const bytes = Buffer.from(await npy.arrayBuffer());
    expect(bytes.subarray(0, 6).toString('latin1')).toBe('\x93NUMPY');
    expect(bytes.length % 64).toBe((4 * width * height) % 64);
    expect(bytes.readFloatLE(bytes.length - 4)).toBe(expected.depth.at(-1));
  });

  it('accepts forms and the four formats, and applies the EXIF orientation', async () => {
    const form = new FormData();
    form.set('image', new Blob([image], { type: 'image/jpeg' }), '../../../etc/passwd');
    const inForm = (await (await post('/api/depth', form, {})).json()) as DepthJson;
    const alone = (await (await post('/api/depth', image)).json()) as DepthJson;
    expect(inForm.depth).toBe(alone.depth);
    const small = sharp(image).resize(40, 30);
    for (const format of ['png', 'webp', 'avif'] as const) {
      const answer = await post('/api/depth', new Uint8Array(await small.clone().toFormat(format).toBuffer()));
      expect(await answer.json(), format).toMatchObject({ width: 40, height: 30 });
    }
    const turned = await small.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await (await post('/api/depth', new Uint8Array(turned))).json()).toMatchObject({ width: 30, height: 40 });
  });

  it('gives metres by the field of view of the request, else of the EXIF data, else an assumed one', async () => {
    const ask = async (query: string, photo: Uint8Array<ArrayBuffer>) =>
      (await (await post(`/api/depth?model=rooms-fixed${query}`, photo)).json()) as DepthJson;
    const small = sharp(image).resize(40, 30);
    // 21.63 mm of film's diagonal of 43.27 mm are half the diagonal of the picture, 25 pixels; the picture is 40 wide.
    const exif = { IFD2: { FocalLengthIn35mmFilm: '22' } };
    const stated = new Uint8Array(await small.clone().withExif(exif).jpeg().toBuffer());
    const fieldOfView = (360 / Math.PI) * Math.atan(20 / ((22 * 50) / Math.hypot(36, 24)));
    const assumed = await ask('', new Uint8Array(await small.clone().jpeg().toBuffer()));
    expect(assumed.camera).toEqual({ fieldOfView: expect.closeTo(60, 6), source: 'assumed' });
    for (const [query, degrees, source] of [
      ['', fieldOfView, 'EXIF'],
      ['&fov=90', 90, 'request'],
    ] as const) {
      const answer = await ask(query, stated);
      expect(answer.camera).toEqual({ fieldOfView: expect.closeTo(degrees, 6), source });
      const factor = Math.tan(Math.PI / 6) / Math.tan((degrees * Math.PI) / 360);
      expect(answer.maximum).toBeCloseTo((assumed.maximum as number) * factor, 4);
    }
    expect(await (await post('/api/depth', stated)).json()).toMatchObject({ camera: null });
    expect((await post('/api/depth?fov=180', stated)).status).toBe(400);
  });

  it('predicts with another model, prompt or test-time flip on request', async () => {
    const ask = async (query: string) => (await (await post(`/api/depth${query}`, image)).json()) as DepthJson;
    const plain = await ask('');
    const other = await ask('?model=rooms-fixed');
    expect(other).toMatchObject({ model: 'rooms-fixed', promptStyle: 'fixed', class: null });
    const fixed = await ask('?prompt=fixed');
    expect(fixed).toMatchObject({ model: 'rooms', class: null });
    expect(fixed.prompt).toContain('Style: exact and consistent');
    expect(await ask('?prompt=none')).toMatchObject({ prompt: '', class: null });
    const flipped = await ask('?flip=true');
    expect(new Set([plain, other, fixed, flipped].map(({ depth }) => depth)).size).toBe(4);
  });

  it('reports weights that are damaged, and one failing image as that one', async () => {
    const depth = Float32Array.of(1, Number.NaN);
    const predict = vi.fn(async (images: { width: number }[]) => {
      if (images.some(({ width }) => width === 13)) throw new Error('13');
      return images.map(() => ({ depth, width: 2, height: 1, prompt: '', class: null }));
    });
    const load = vi.spyOn(ModelRegistry.prototype, 'load').mockResolvedValue({ predict } as unknown as LlmMde);
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const ask = async (width: number) => {
      const png = await sharp(image).resize(width, 9).png().toBuffer();
      return (await (await post('/api/depth', new Uint8Array(png))).json()) as { message: string };
    };
    const answers = await Promise.all([13, 14, 15, 16].map(ask));
    expect(answers.map(({ message }) => message)).toEqual([
      'Internal error: see the log of the server.',
      ...Array(3).fill('The model rooms predicted depth that is not a number: its weights are damaged.'),
    ]);
    load.mockRestore();
    log.mockRestore();
  });

  it('answers 406 for an unsupported Accept header, and 400 for an invalid parameter', async () => {
    const unacceptable = await post('/api/depth', image, { 'content-type': 'image/jpeg', accept: 'text/html' });
    expect(unacceptable.status).toBe(406);
    for (const query of ['?prompt=rude', '?flip=perhaps', '?color=red']) {
      expect((await post(`/api/depth${query}`, image)).status, query).toBe(400);
    }
  });
});

describe('POST /api/words', () => {
  it('finds the words that the patches attend to, for all or for one', async () => {
    const all = await (await post('/api/words?prototypes=3&words=4', image)).json();
    expect(all).toMatchObject({ model: 'rooms', rows: 8, columns: 8 });
    expect(all.patches).toHaveLength(64);
    expect(all.attention).toMatchObject({ prototypeCount: 64, sentence: expect.stringMatching(/^The patches .*\.$/) });
    for (const { weight, timesEven } of all.patches.flat()) expect(timesEven).toBeCloseTo(64 * weight, 4);
    const one = await (await post('/api/words?prototypes=3&words=4&patch=2,5', image)).json();
    expect(one.patches).toEqual([all.patches[2 * 8 + 5]]);
    const [{ prototype }] = one.patches[0];
    expect(one.words[prototype]).toHaveLength(4);
    expect(one.words[prototype]).toEqual(all.words[prototype]);
    expect(one.attention).toEqual(all.attention);
    const other = await (await post('/api/words?prototypes=3&model=rooms-fixed', image)).json();
    expect(other.attention.verdict).toBe('informative');
    expect((await post('/api/words?patch=8,0', image)).status).toBe(400);
  });
});

describe('the other routes', () => {
  it('lists the models and serves their files', async () => {
    const { models } = await (await fetch(`${server.address}/api/models`)).json();
    expect(models.map(({ id }: { id: string }) => id)).toEqual(['rooms', 'rooms-fixed']);
    expect(models[0]).toMatchObject({ runsInBrowser: true, maximumDepth: 10, imageSize: 64 });
    for (const { path, bytes } of models[0].files) {
      const response = await fetch(`${server.address}/models/rooms/${path}`);
      expect((await response.arrayBuffer()).byteLength, path).toBe(bytes);
      expect(Number(response.headers.get('content-length'))).toBe(bytes);
    }
  });

  it('describes every route in openapi.json', async () => {
    const description = await (await fetch(`${server.address}/openapi.json`)).json();
    const described = Object.entries<object>(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    // The files of the page are not part of the API; routes with a wildcard are printed without their path.
    const served = [...server.app.printRoutes({ commonPrefix: false }).matchAll(/── (\/\S+) \(([A-Z]+)/g)]
      .filter(([, path]) => path !== '/')
      .map(([, path, method]) => `${method} ${path}`);
    if (server.app.hasRoute({ method: 'GET', url: '/models/:id/*' })) served.push('GET /models/{id}/{path}');
    expect(served).toContain('POST /api/depth');
    expect(described.sort()).toEqual(served.sort());
    expect(description.paths['/api/depth'].post.responses[200].content).toHaveProperty(['application/x-npy']);
    expect(description.paths['/api/depth'].post.requestBody.content).toHaveProperty(['image/avif']);
  });

  it('reports its state and metrics', async () => {
    expect(await (await fetch(`${server.address}/health`)).json()).toMatchObject({
      status: 'ok',
      requests: 0,
      waiting: 0,
    });
    const metrics = await (await fetch(`${server.address}/metrics`)).text();
    expect(metrics).toMatch(
      /http_request_duration_seconds_count\{method="POST",route="\/api\/depth",status="200"\} [1-9]/,
    );
    expect(metrics).toMatch(/llm_mde_tensors [1-9]/);
    expect(metrics).toMatch(/llm_mde_requests_in_progress 0/);
    expect(metrics).toContain('process_resident_memory_bytes');
  });

  it('serves the page with security headers', async () => {
    const response = await fetch(server.address);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self'/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('permissions-policy')).toContain('camera=(self)');
    expect(response.headers.get('x-powered-by')).toBeNull();
    const [, script] = (await response.text()).match(/src="\.\/(assets\/[^"]+\.js)"/)!;
    const asset = await fetch(`${server.address}/${script}`);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    await asset.arrayBuffer();
  });
});
