import { setTimeout } from 'node:timers/promises';
import type * as BullMq from 'bullmq';
import type { Redis, RedisOptions } from 'ioredis';
import { UsageError } from '../output/sentences.js';

/** The name of the queue; its keys in Redis begin with `bull:llm-mde:`. */
export const QUEUE = 'llm-mde';

export interface Connections {
  bullmq: typeof BullMq;
  /** The address without its password. */
  name: string;
  /** Opens a connection that comes back by itself when Redis does. */
  open(): Redis;
}

/**
 * Connects to Redis once, to say what is wrong if that fails.
 *
 * @param address `redis://[[user]:password@]host[:port][/database]`; `rediss:` for TLS.
 * @param onNote told when Redis goes away and when it is back; nothing is lost meanwhile.
 * @throws Error with a sentence if Redis does not answer or refuses the password, or the packages are not installed.
 */
export async function connectRedis(address: string, onNote: (note: string) => void): Promise<Connections> {
  const { options, name } = parseAddress(address);
  const { bullmq, Client } = await loadLibraries();
  await checkConnection(new Client({ ...options, lazyConnect: true, retryStrategy: () => null }), name);
  let isAway = false;
  return {
    bullmq,
    name,
    open() {
      const connection = new Client({
        ...options,
        maxRetriesPerRequest: null,
        retryStrategy: (times) => Math.min(250 * times, 5000),
      });
      connection.on('error', (error: Error) => {
        if (!isAway) onNote(`${name} does not answer (${error.message}): waiting for it.`);
        isAway = true;
      });
      connection.on('ready', () => {
        if (isAway) onNote(`${name} answers again.`);
        isAway = false;
      });
      return connection;
    },
  };
}

async function loadLibraries(): Promise<{ bullmq: typeof BullMq; Client: typeof Redis }> {
  try {
    const [bullmq, { Redis: Client }] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, Client };
  } catch (error) {
    throw new Error(
      `A queue needs the packages bullmq and ioredis, which did not load; \`npm install --global @llm-mde/trainer bullmq ioredis\` installs them. ${(error as Error).message}`,
      { cause: error },
    );
  }
}

const SECONDS_OF_CONNECTING = 10;

async function checkConnection(first: Redis, name: string): Promise<void> {
  let problem: unknown;
  first.on('error', (error) => {
    problem ??= error;
  });
  try {
    // What is there may be no Redis, and silent.
    const silent = setTimeout(1000 * SECONDS_OF_CONNECTING, undefined, { ref: false }).then(() => {
      throw new Error('no answer');
    });
    await Promise.race([first.connect().then(() => first.ping()), silent]);
  } catch (error) {
    const { code = '', message } = (problem ?? error) as NodeJS.ErrnoException;
    if (/WRONGPASS|NOAUTH|NOPERM|AUTH|password/i.test(`${code} ${message} ${(error as Error).message}`)) {
      throw new Error(
        `${name} refuses the password: give the right one in the address, as in redis://:password@host:6379. ${message}`,
      );
    }
    throw new Error(
      `${name} does not answer (${code || message}): start Redis there, such as with redis-server, or correct the address.`,
    );
  } finally {
    first.disconnect();
  }
}

/** @throws UsageError if it is no address of Redis. */
export function parseAddress(address: string): { options: RedisOptions; name: string } {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const database = url?.pathname.replace(/^\//, '') || '0';
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !/^\d+$/.test(database)) {
    throw new UsageError(
      'a queue is an address of Redis, such as redis://localhost:6379 or redis://:password@host:6379/0.',
    );
  }
  // In brackets IPv6 addresses are no names for Node.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || 6379);
  return {
    name: `Redis at ${url.hostname}:${port}`,
    options: {
      ...{ host, port, db: Number(database) },
      ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
      ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
      ...(url.protocol === 'rediss:' && { tls: {} }),
    },
  };
}
