import * as tf from '@tensorflow/tfjs-core';
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/**
 * What Prometheus reads at `/metrics`: also counts and times every answer, by route and status.
 *
 * @param load read by the gauges whenever they are collected.
 */
export function createMetrics(app: FastifyInstance, load: { requests(): number; waiting(): number }) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('llm_mde_requests_in_progress', 'Requests that upload, wait or are computed.', load.requests);
  gauge('llm_mde_waiting', 'Images that wait for the device.', load.waiting);
  gauge('llm_mde_tensors', 'Tensors that TensorFlow.js holds.', () => tf.memory().numTensors);
  const batches = new Histogram({
    name: 'llm_mde_batch_images',
    help: 'Images that were computed together.',
    buckets: [1, 2, 4, 8, 16, 32],
    registers,
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const gone = new Counter({
    name: 'llm_mde_clients_gone_total',
    help: 'Requests whose client disconnected before the answer.',
    registers,
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    duration.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
  app.addHook('onRequestAbort', async (_request) => gone.inc());
  return { registry, countBatch: (size: number) => batches.observe(size) };
}
