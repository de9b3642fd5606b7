import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.js';

const text = { type: 'string' } as const;

/** What operators and programs ask about the server itself. */
export function operationRoutes(app: FastifyInstance, { metrics, predictor, requests, device }: Services): void {
  app.get(
    '/health',
    {
      schema: {
        summary: 'Whether the server answers, and how busy it is',
        response: {
          200: {
            type: 'object',
            properties: {
              status: text,
              device: text,
              requests: { type: 'integer', description: 'in progress' },
              waiting: { type: 'integer', description: 'images that wait for the device' },
              seconds: { type: 'number', description: 'since the start' },
            },
          },
        },
      },
    },
    async () => ({
      status: 'ok',
      device: device.name,
      requests: requests.inUse,
      waiting: predictor.waiting,
      seconds: process.uptime(),
    }),
  );
  app.get(
    '/metrics',
    { schema: { summary: 'Metrics for Prometheus', produces: ['text/plain'] } },
    async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  app.get('/openapi.json', { schema: { summary: 'This description' } }, async () => app.swagger());
}
