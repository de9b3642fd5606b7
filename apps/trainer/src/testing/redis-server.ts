import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** Debian's and Ubuntu's package redis-server has it. */
export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0;
if (!HAS_REDIS) {
  console.warn('Tests of the queue are skipped, because there is no redis-server: apt-get install redis-server.');
}

/** A Redis of our own on loopback, with an append-only file in a folder. */
export async function startRedis(folder: string) {
  const port = await freePort();
  const settings = {
    ...{ bind: '127.0.0.1', port: String(port), dir: folder, requirepass: 'secret', save: '' },
    ...{ appendonly: 'yes', appendfsync: 'always' },
  };
  const parameters = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  let server: ChildProcess;
  const start = async () => {
    server = spawn('redis-server', parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    server.stdout!.on('data', (data) => {
      said += data;
    });
    while (!said.includes('Ready to accept connections')) {
      if (server.exitCode !== null) throw new Error(said);
      await setTimeout(50);
    }
  };
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGTERM');
    await once(server, 'close');
  };
  await start();
  return { port, address: `redis://:secret@127.0.0.1:${port}`, start, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
