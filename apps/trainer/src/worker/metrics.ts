import { createServer } from 'node:http';
import { connectRedis, QUEUE } from '../queue/redis.js';
import type { JobEnd } from './redis-worker.js';

/** Jobs of the queue, by where they are. */
const STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

/**
 * Serves `/metrics` for Prometheus: what this worker did, and how long the queue is.
 *
 * @throws Error if prom-client is not installed, or the port is taken.
 */
export async function serveMetrics(port: number, address: string, processes: number, note: (text: string) => void) {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client').catch((error) => {
    throw new Error(
      `--metrics-port needs the package prom-client, which did not load; \`npm install --global prom-client\` installs it. ${error.message}`,
      { cause: error },
    );
  });
  const { bullmq, open } = await connectRedis(address, note);
  const connection = open();
  const queue = new bullmq.Queue(QUEUE, { connection });
  queue.on('error', () => {});
  const registry = new Registry();
  const registers = [registry];
  const jobs = new Counter({
    name: 'llm_mde_jobs_total',
    help: 'Jobs that this worker ended: done, failed, or returned to the queue.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const images = new Counter({
    name: 'llm_mde_images_total',
    help: 'Images of predictions that this worker went through.',
    registers,
  });
  const seconds = new Histogram({
    name: 'llm_mde_job_seconds',
    help: 'Time that jobs took which are done.',
    labelNames: ['kind'],
    buckets: [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000],
    registers,
  });
  new Gauge({ name: 'llm_mde_worker_processes', help: 'Jobs that this worker does at once.', registers }).set(
    processes,
  );
  new Gauge({
    name: 'llm_mde_queue_jobs',
    help: 'Jobs in the queue, of all clients: waiting, active, delayed until they are tried again, or failed.',
    labelNames: ['state'],
    registers,
    async collect() {
      // While Redis is away nothing is known.
      this.reset();
      if (connection.status !== 'ready') return;
      const counts = await queue.getJobCounts(...STATES);
      for (const state of STATES) this.set({ state }, counts[state] ?? 0);
    },
  });
  const server = createServer(async (request, response) => {
    if (request.url !== '/metrics') response.writeHead(404).end();
    else response.setHeader('content-type', registry.contentType).end(await registry.metrics());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Error(`Metrics cannot be served on port ${port} (${error.code}): choose another with --metrics-port.`),
      ),
    );
    server.listen(port, resolve);
  });
  return {
    count({ kind, outcome, parts, seconds: taken }: JobEnd) {
      jobs.inc({ kind, outcome });
      images.inc(parts);
      if (outcome === 'done') seconds.observe({ kind }, taken);
    },
    async close() {
      server.close();
      await queue.close().catch(() => {});
      connection.disconnect();
    },
  };
}
