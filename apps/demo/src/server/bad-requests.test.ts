import { connect, type Socket } from 'node:net';
import { crc32, deflateSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoServer, startDemoServer } from '../testing/demo-server.js';

let server: DemoServer;
let jpeg: Buffer;
let png: Buffer;
let webp: Buffer;
/** Before the bad requests. */
let tensors: number;

beforeAll(async () => {
  // Short times, to see slow clients disconnected.
  server = await startDemoServer({
    ...{ bytes: 300_000, pixels: 1_000_000, requests: 4, requestsPerClient: 5, headerBytes: 8192 },
    ...{ headerMilliseconds: 600, uploadMilliseconds: 900, checkMilliseconds: 100 },
  });
  const pixels = Uint8Array.from({ length: 64 * 48 * 3 }, (_, index) => (index * 37 + (index >> 5)) % 256);
  const image = () => sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } });
  [jpeg, png, webp] = await Promise.all([
    image().jpeg().toBuffer(),
    image().png().toBuffer(),
    image().webp().toBuffer(),
  ]);
  await post(jpeg);
  tensors = tf.memory().numTensors;
});
afterAll(() => server?.close());

const post = (
  body: BodyInit | Buffer,
  headers: Record<string, string> = { 'content-type': 'image/jpeg' },
  path = '/api/depth',
) => fetch(server.address + path, { method: 'POST', body: body as BodyInit, headers });
/** With the boundary that fetch chooses. */
const sendForm = (form: FormData) => fetch(`${server.address}/api/depth`, { method: 'POST', body: form });
const typed = (type: string) => ({ 'content-type': type });
const damaged = (bytes: Buffer, at: number) =>
  Buffer.from(bytes.map((byte, index) => (index >= at ? byte ^ 0x5a : byte)));

const POLLING = { timeout: 5000, interval: 20 };

type Kind = [name: string, request: () => Promise<Response>, status: number | number[], message: RegExp];

const KINDS: Kind[] = [
  ['no bytes', () => post(Buffer.of()), 400, /empty/],
  ['one byte', () => post(Buffer.of(0xff)), 415, /not a known image/],
  ['text', () => post(Buffer.from('hello'.repeat(50))), 415, /not a known image/],
  ['a JPEG that is cut off', () => post(jpeg.subarray(0, jpeg.length / 2)), 422, /decode|corrupt|premature|truncated/i],
  ['a JPEG of nothing but its first bytes', () => post(jpeg.subarray(0, 20)), 422, /decode/],
  [
    'a PNG that is cut off',
    () => post(png.subarray(0, png.length / 2), typed('image/png')),
    422,
    /cannot|could not|decode/,
  ],
  ['a PNG with damaged pixels', () => post(damaged(png, 60), typed('image/png')), 422, /cannot|could not|decode/],
  ['a WebP that is cut off', () => post(webp.subarray(0, 60), typed('image/webp')), 422, /cannot|could not|decode/],
  ['an AVIF that is only a box', () => post(boxOf('avif'), typed('image/avif')), 422, /decode/],
  ['a GIF', () => post(Buffer.from('R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==', 'base64')), 415, /image\/gif/],
  [
    'an SVG',
    () => post(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), typed('image/png')),
    415,
    /send a JPEG/,
  ],
  ['a PDF called a JPEG', () => post(Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n')), 415, /application\/pdf/],
  ['a zip called a JPEG', () => post(Buffer.from('UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==', 'base64')), 415, /send a JPEG/],
  ['a TIFF', async () => post(await sharp(png).tiff().toBuffer()), 415, /image\/tiff/],
  ['100 megapixels', () => post(pngOf(10_000, 10_000), typed('image/png')), 413, /100\.0 megapixels/],
  ['a decompression bomb', () => post(pngOf(2 ** 20, 2 ** 20), typed('image/png')), [413, 422], /pixels|decode/],
  ['an image without pixels', () => post(pngOf(0, 7), typed('image/png')), 422, /damaged or cut off/],
  ['an animated WebP', async () => post(await animatedWebp(), typed('image/webp')), 422, /animated/],
  ['an animated PNG', () => post(animatedPng(), typed('image/png')), 422, /animated/],
  ['too many bytes', () => post(Buffer.concat([jpeg, Buffer.alloc(400_000)])), 413, /./],
  ['no content type', () => post(jpeg, typed('')), 415, /./],
  ...['text/html', 'image/gif', 'image/svg+xml', 'image/tiff'].map(
    (type): Kind => [
      `the content type ${type}`,
      () => post(jpeg, typed(type)),
      415,
      /Unsupported Content-Type .*: send a JPEG, PNG, WebP or AVIF file as image\/jpeg/,
    ],
  ),
  ['JSON', () => post(Buffer.from('{"image":'), typed('application/json')), [400, 415], /./],
  ['a form without a file', () => sendForm(formWith('note', 'no file')), 400, /no file/],
  [
    'a form that is cut off',
    () => post(Buffer.from('--x\r\nContent-Disp'), typed('multipart/form-data; boundary=x')),
    400,
    /./,
  ],
  ...['X: y', 'garbage', 'Content-Type: image/jpeg', 'Content-Disposition: form-data; name="image"'].flatMap((header) =>
    [10, 17_000, 200_000].map(
      (size): Kind => [
        `a form with a part of ${size} bytes and no more header than ${header}`,
        () => post(formOf(header, size), typed('multipart/form-data; boundary=XX')),
        400,
        /no file/,
      ],
    ),
  ),
  ['a form without a boundary', () => post(jpeg, typed('multipart/form-data')), [400, 415], /./],
  ['a model that is not there', () => post(jpeg, typed('image/jpeg'), '/api/depth?model=none'), 404, /Model not found/],
  ['a path in the model', () => post(jpeg, typed('image/jpeg'), '/api/depth?model=../../etc'), [400, 404], /./],
  ['an unknown parameter', () => post(jpeg, typed('image/jpeg'), '/api/depth?color=red'), 400, /./],
  ['a prompt style that is not there', () => post(jpeg, typed('image/jpeg'), '/api/depth?prompt=long'), 400, /./],
  ['a patch that is not there', () => post(jpeg, typed('image/jpeg'), '/api/words?patch=99999'), 400, /./],
  ['a format that nobody has', () => post(jpeg, { 'content-type': 'image/jpeg', accept: 'audio/mp3' }), 406, /./],
  [
    "a path out of a model's folder",
    () => fetch(`${server.address}/models/rooms/..%2f..%2f..%2fetc%2fpasswd`),
    404,
    /Model rooms has no file of this name/,
  ],
  [
    'a model outside the folder of models',
    () => fetch(`${server.address}/models/..%2f..%2fetc/passwd`),
    404,
    /Model not found/,
  ],
  [
    'a file that no model has',
    () => fetch(`${server.address}/models/rooms/secret.txt`),
    404,
    /Model rooms has no file of this name/,
  ],
  [
    'a path out of the folder of the page',
    () => fetch(`${server.address}/..%2f..%2fpackage.json`),
    [400, 403, 404],
    /./,
  ],
  ['another method', () => fetch(`${server.address}/api/depth`, { method: 'DELETE' }), [404, 405], /./],
];

describe('a bad request', () => {
  it.each(KINDS)('%s is answered with an error message', async (_name, request, status, message) => {
    const response = await request();
    const text = await response.text();
    expect([status].flat(), text).toContain(response.status);
    const body = JSON.parse(text);
    expect(body).toMatchObject({ statusCode: response.status, error: expect.any(String) });
    expect(body.message).toMatch(message);
    // It reveals nothing about the machine.
    expect(text).not.toMatch(/node_modules|\/work\/|\/tmp\/| at \w+ \(/);
  });

  it('leaves no tensor, and the server still answers', async () => {
    expect((await post(jpeg)).status).toBe(200);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('a client', () => {
  it('with headers that are too large is answered 431', async () => {
    const answer = await exchange(`GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });

  it('that does not speak HTTP is answered 400', async () => {
    expect(await exchange('\x16\x03\x01\x02\x00\x01\x00')).toMatch(/^HTTP\/1.1 400 /);
  });

  it('that never ends its headers or its upload is answered 408', async () => {
    expect(await exchange('GET /health HTTP/1.1\r\nHost: localhost\r\n')).toMatch(/^HTTP\/1.1 408 /);
    expect(await exchange(`${uploadHead(1000)}abc`)).toMatch(/^HTTP\/1.1 408 /);
    const form = uploadHead(1000).replace('image/jpeg', 'multipart/form-data; boundary=XX');
    expect(await exchange(`${form}--XX\r\nX: y\r\n\r\n`)).toMatch(/^HTTP\/1.1 408 /);
  });

  it('that comes when the server is full is answered 429 until there is room', async () => {
    const slow = await Promise.all(Array.from({ length: 4 }, () => open(`${uploadHead(1000)}abc`)));
    // Before, this one would take the place of one of theirs.
    await expect.poll(() => requestsAt(server), POLLING).toBe(4);
    const refused = await post(jpeg);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(((await refused.json()) as { message: string }).message).toContain('busy with 4 requests');
    for (const socket of slow) socket.destroy();
    await expect.poll(async () => (await post(jpeg)).status, POLLING).toBe(200);
  });

  it('may have so many requests at once', async () => {
    const other = await startDemoServer({ requestsPerClient: 1 });
    const slow = fetchSlowly(other);
    await expect.poll(() => requestsAt(other), POLLING).toBe(1);
    const refused = await fetch(`${other.address}/api/depth`, { method: 'POST', body: 'a' });
    expect([refused.status, (await refused.json()).message]).toEqual([
      429,
      expect.stringContaining('one address may have 1'),
    ]);
    slow.destroy();
    await other.close();
  });

  it('that is slow does not prevent the server from closing', async () => {
    const other = await startDemoServer({ closeMilliseconds: 300 });
    fetchSlowly(other);
    await expect.poll(() => requestsAt(other), POLLING).toBe(1);
    await other.close();
  });

  it('that goes away leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    for (let round = 0; round < 8; round++) {
      const socket = await open(uploadHead(jpeg.length));
      socket.write(jpeg);
      await new Promise((settle) => setTimeout(settle, round * 4));
      socket.destroy();
    }
    await expect.poll(async () => (await post(jpeg)).status, POLLING).toBe(200);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('that sends damaged images is always answered with a 4xx status or with depth', async () => {
    const before = tf.memory().numTensors;
    const seconds = process.env.LLM_MDE_TEST_ALL ? 60 : 2;
    const until = performance.now() + 1000 * seconds;
    const random = generator(7);
    const statuses = new Map<number, number>();
    while (performance.now() < until) {
      const source = [jpeg, png, webp][Math.floor(random() * 3)]!;
      const bytes = Buffer.from(
        source.subarray(0, random() < 0.3 ? Math.floor(random() * source.length) : source.length),
      );
      for (let change = 0; change < 1 + random() * 20 && bytes.length > 0; change++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      const { status } = await post(bytes);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([200, 400, 408, 413, 415, 422]).toEqual(expect.arrayContaining([...statuses.keys()]));
    expect(tf.memory().numTensors).toBe(before);
    expect((await post(jpeg)).status).toBe(200);
  }, 120_000);
});

function fetchSlowly({ address }: DemoServer): Socket {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname, () => socket.write(`${uploadHead(1000)}abc`));
  return socket.on('error', () => {});
}

async function requestsAt({ address }: DemoServer): Promise<number> {
  return ((await (await fetch(`${address}/health`)).json()) as { requests: number }).requests;
}

function uploadHead(length: number): string {
  return `POST /api/depth HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: ${length}\r\n\r\n`;
}

function open(text: string): Promise<Socket> {
  const { hostname, port } = new URL(server.address);
  return new Promise((settle, fail) => {
    const socket = connect(Number(port), hostname, () => socket.write(text, 'latin1', () => settle(socket)));
    socket.on('error', fail);
  });
}

/** Sends bytes and reads until the server ends the connection. */
async function exchange(text: string): Promise<string> {
  const socket = await open(text);
  let answer = '';
  for await (const part of socket.setEncoding('latin1')) answer += part;
  return answer;
}

function formWith(name: string, value: string): FormData {
  const form = new FormData();
  form.set(name, value);
  return form;
}

function formOf(header: string, size: number): Buffer {
  return Buffer.from(`--XX\r\n${header}\r\n\r\n${'a'.repeat(size)}\r\n--XX--\r\n`);
}

/** The header of an ISO base media file, and nothing after it. */
function boxOf(brand: string): Buffer {
  return Buffer.concat([Buffer.of(0, 0, 0, 24), Buffer.from(`ftyp${brand}\0\0\0\0${brand}mif1`)]);
}

/** A PNG that says it is this large, and has a few bytes of pixels. */
function pngOf(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const pixels = chunk('IDAT', deflateSync(Buffer.alloc(100_000)));
  return Buffer.concat([signature, chunk('IHDR', header), pixels, chunk('IEND', Buffer.of())]);
}

function animatedPng(): Buffer {
  const at = png.indexOf('IDAT') - 4;
  const control = chunk('acTL', Buffer.of(0, 0, 0, 2, 0, 0, 0, 0));
  return Buffer.concat([png.subarray(0, at), control, png.subarray(at)]);
}

async function animatedWebp(): Promise<Buffer> {
  const frames = Uint8Array.from({ length: 16 * 32 * 3 }, (_, index) => (index * (index < 16 * 16 * 3 ? 7 : 11)) % 256);
  const options = { raw: { width: 16, height: 32, channels: 3, pageHeight: 16 } } as const;
  return sharp(frames, options)
    .webp({ loop: 0, delay: [100, 100] })
    .toBuffer();
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
