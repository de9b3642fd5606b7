import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { rollups } from 'd3-array';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

const SECONDS = 60;
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const kitchen = readFileSync(path('../page/public/samples/kitchen.jpg'));

let child: ChildProcess;
let address: string;

/** The server as users start it, in a process of its own. */
beforeAll(async () => {
  const parameters = ['--models', inject('models'), '--port', '0', '--device', 'cpu'];
  child = spawn(process.execPath, [path('../../dist/cli.js'), ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const text of child.stdout!.setEncoding('utf8')) {
    address = /Open (\S+)/.exec(text)?.[1] ?? '';
    if (address) return;
  }
  throw new Error('The demo ended before it listened.');
});
afterAll(() => child?.kill());

/** Sends the beginning of a request, and reads nothing. Again whenever the server disconnects. */
async function bother(head: string, body: Buffer, until: number): Promise<void> {
  const { hostname, port } = new URL(address);
  while (performance.now() < until) {
    const socket = connect(Number(port), hostname).on('error', () => {});
    socket.write(`POST /api/depth HTTP/1.1\r\nHost: ${hostname}\r\n${head}\r\n\r\n`);
    socket.write(body);
    socket.pause();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await Promise.race([closed, wait(until - performance.now())]);
    socket.destroy();
    await wait(100);
  }
}

/** The times of a request that is made again and again, in milliseconds. */
async function measure(interval: number, until: number, ask: () => Promise<Response>) {
  const times: number[] = [];
  const statuses = new Set<number>();
  while (performance.now() < until) {
    const start = performance.now();
    const response = await ask();
    await response.arrayBuffer();
    times.push(performance.now() - start);
    statuses.add(response.status);
    await wait(interval);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(times[Math.floor(share * (times.length - 1))]!);
  return { statuses: [...statuses], text: `${times.length} answers, median ${at(0.5)} ms, longest ${at(1)} ms` };
}

const post = (body: Buffer, type = 'image/jpeg') =>
  fetch(`${address}/api/depth`, { method: 'POST', body: Uint8Array.from(body), headers: { 'content-type': type } });

it('answers a good client in less than a gigabyte, with 100 slow readers, 128 stuck forms and 128 uploads of 20 MB', async () => {
  const megapixels16 = await sharp({ create: { width: 4096, height: 4096, channels: 3, background: '#86a' } })
    .jpeg()
    .toBuffer();
  const noise = Buffer.from(Uint32Array.from({ length: 5_000_000 }, (_, at) => Math.imul(at, 2654435761)).buffer);
  const upload = await sharp(noise, { raw: { width: 2500, height: 2666, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toBuffer();
  await post(kitchen);
  const until = performance.now() + 1000 * SECONDS;
  const slow = `Content-Type: image/jpeg\r\nContent-Length: ${megapixels16.length}`;
  const stuck = 'Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: 300000';
  const form = Buffer.from(`--XX\r\nX: y\r\n\r\n${'a'.repeat(100_000)}`);
  const uploads = Promise.allSettled(Array.from({ length: 128 }, () => post(upload, 'image/png')));
  const bothering = [
    ...Array.from({ length: 100 }, () => bother(slow, megapixels16, until)),
    ...Array.from({ length: 128 }, () => bother(stuck, form, until)),
  ];
  await wait(500);
  const [health, depth] = await Promise.all([
    measure(250, until, () => fetch(`${address}/health`)),
    measure(1000, until, () => post(kitchen)),
  ]);
  await Promise.all(bothering);
  const statuses = (await uploads).map((result) => (result.status === 'fulfilled' ? result.value.status : 'cut off'));
  const counts = rollups(statuses, ({ length }) => length, String).map(([status, count]) => `${count} × ${status}`);
  const metrics = await (await fetch(`${address}/metrics`)).text();
  const peak = peakMegabytes() ?? Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)![1]) / 1e6;
  console.log(
    `/health: ${health.text}. POST: ${depth.text}. Uploads: ${counts.join(', ')}. Peak: ${Math.round(peak)} MB.`,
  );
  expect([health.statuses, depth.statuses]).toEqual([[200], [200]]);
  expect(peak).toBeLessThan(1000);
}, 240_000);

/** Of the server, where the system says it. */
function peakMegabytes(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1000;
}
