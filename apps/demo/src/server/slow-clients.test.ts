import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { type DemoServer, startDemoServer } from '../testing/demo-server.js';

let large: Buffer;
let small: Buffer;

beforeAll(async () => {
  const image = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#86a' } })
      .jpeg()
      .toBuffer();
  [large, small] = await Promise.all([image(2048, 2048), image(64, 48)]);
});

const post = ({ address }: DemoServer, body: Buffer) =>
  fetch(`${address}/api/depth`, {
    method: 'POST',
    body: Uint8Array.from(body),
    headers: { 'content-type': 'image/jpeg' },
  });

/** Sends an image and reads the beginning of its answer. */
async function readSlowly({ address }: DemoServer): Promise<Socket> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(
    `POST /api/depth HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\nContent-Type: image/jpeg\r\nContent-Length: ${large.length}\r\n\r\n`,
  );
  socket.write(large);
  await once(socket, 'data');
  return socket.pause();
}

it('disconnects clients that do not read, and answers others meanwhile', async () => {
  const server = await startDemoServer({
    pixels: 2048 * 2048,
    answerBytes: 400_000,
    stallMilliseconds: 60_000,
    contendedStallMilliseconds: 500,
  });
  const slow = await readSlowly(server);
  const closed = once(slow, 'close');
  // The memory of answers has room for one as large.
  const next = post(server, large);
  expect((await post(server, small)).status).toBe(200);
  expect((await (await next).arrayBuffer()).byteLength).toBeGreaterThan(4 * 2048 * 2048);
  slow.resume();
  await closed;
  expect(slow.bytesRead).toBeLessThan(4 * 2048 * 2048);
  await server.close();
});

it('finishes an answer that is being sent when the server closes', async () => {
  const server = await startDemoServer();
  const socket = await readSlowly(server);
  const closing = server.close();
  await wait(300);
  socket.resume();
  await Promise.all([once(socket, 'end'), closing]);
  expect(socket.bytesRead).toBeGreaterThan((4 / 3) * 4 * 2048 * 2048);
});
