import { createServer } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { llmMde } from '../testing/llm-mde.js';
import { createJob } from './jobs.js';
import { connectRedis, parseAddress } from './redis.js';

it.each([
  ['redis://queue.local', { host: 'queue.local', port: 6379, db: 0 }],
  ['redis://:p%40ss@10.0.0.1:7000/3', { host: '10.0.0.1', port: 7000, db: 3, password: 'p@ss' }],
  ['redis://me:word@[::1]:7000', { host: '::1', port: 7000, db: 0, username: 'me', password: 'word' }],
  ['rediss://queue.local', { host: 'queue.local', port: 6379, db: 0, tls: {} }],
])('reads the address %s', (address, options) => {
  const parsed = parseAddress(address);
  expect(parsed.options).toEqual(options);
  expect(parsed.name).not.toContain('word');
});

it.each(['localhost:6379', 'http://localhost', 'redis:///0', 'redis://localhost/jobs'])('refuses %s', (address) => {
  expect(() => parseAddress(address)).toThrow('a queue is an address of Redis');
});

it('says at once that Redis does not answer, or refuses the password', async () => {
  await expect(connectRedis('redis://:secret@127.0.0.1:1', () => {})).rejects.toThrow(
    'Redis at 127.0.0.1:1 does not answer (ECONNREFUSED): start Redis there, such as with redis-server, or correct the address.',
  );
  // Redis' own answer.
  const server = createServer((socket) =>
    socket.on('data', (data) => {
      const commands = data.toString().match(/^\*\d+\r$/gm) ?? [];
      socket.write('-WRONGPASS invalid username-password pair or user is disabled.\r\n'.repeat(commands.length));
    }),
  ).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await expect(connectRedis(`redis://:wrong@127.0.0.1:${port}`, () => {})).rejects.toThrow(
    `Redis at 127.0.0.1:${port} refuses the password`,
  );
});

it('gives the same work the same id, and other work another', () => {
  const work = { kind: 'predict', digest: 'a', batches: [[{ name: 'x' }]] };
  expect(createJob('x', work).id).toBe(createJob('other words', { ...work }).id);
  expect(createJob('x', work).id).not.toBe(createJob('x', { ...work, digest: 'b' }).id);
});

it('names the packages to install where they are missing', async () => {
  vi.doMock('bullmq', () => {
    throw new Error('Cannot find package bullmq');
  });
  onTestFinished(() => void vi.doUnmock('bullmq'));
  await expect(connectRedis('redis://127.0.0.1:1', () => {})).rejects.toThrow(
    'A queue needs the packages bullmq and ioredis, which did not load; `npm install --global @llm-mde/trainer bullmq ioredis` installs them.',
  );
});

it.each([
  ['--watch and --queue do not go together', 'predict', 'tiny', '.', '--watch'],
  ['--shard and --queue do not go together', 'predict', 'tiny', '.', '--shard', '1/2'],
  ['standard input is none', 'predict', 'tiny', '-'],
  ['--queue does not go together with --jobs or --shard', 'ablate', '--quick', '--jobs', '2'],
])('says that %s', async (sentence, ...command) => {
  const { stderr } = await llmMde(...command, '--queue', 'redis://127.0.0.1:1');
  expect(stderr).toContain(sentence);
});
