import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@llm-mde/backend';
import type { FastifyInstance } from 'fastify';
import { inject } from 'vitest';
import { createServer } from '../server/create-server.js';
import type { Limits } from '../server/limits.js';
import { ModelRegistry } from '../server/models.js';

export interface DemoServer {
  app: FastifyInstance;
  address: string;
  close(): Promise<void>;
}

/** A server on a free port of loopback, with the built page. @param models Their folder. @default the models of save-models.ts @param others Of others. */
export async function startDemoServer(
  limits: Partial<Limits> = {},
  models: string = inject('models'),
  others: readonly string[] = [],
): Promise<DemoServer> {
  const device = await openDevice();
  const registry = await ModelRegistry.open(models, { compiler: device.compile, others });
  const page = fileURLToPath(new URL('../../dist/page', import.meta.url));
  const app = await createServer({ device, registry, limits, page });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { app, address: `http://127.0.0.1:${port}`, close: () => app.close() };
}
