import { cp, mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Device, openDevice } from '@llm-mde/backend';
import type { FastifyInstance } from 'fastify';
import { configure, LlmMde, preset } from 'llm-mde';
import { createServer } from '../server/create-server.js';
import type { Limits } from '../server/limits.js';
import { ModelShelf } from '../server/model-shelf.js';

/** What comes with the trainer. */
const TRAINED = fileURLToPath(new URL('../../../trainer/pretrained/tiny', import.meta.url));

export interface DemoServer {
  app: FastifyInstance;
  address: string;
  device: Device;
  /** The folder of the models. */
  models: string;
  close(): Promise<void>;
}

/**
 * A server on a free port of loopback, with the built page.
 *
 * @param options.models Folder of models. @default two new ones: `rooms` reads adaptive prompts and knows rooms, `rooms-fixed` reads fixed ones and has
 * random weights
 */
export async function startDemoServer({
  models,
  ...limits
}: Partial<Limits> & { models?: string } = {}): Promise<DemoServer> {
  const own = await mkdtemp(join(tmpdir(), 'llm-mde-demo-'));
  const device = await openDevice();
  if (!models) await saveModels(own);
  const shelf = await ModelShelf.open(models ?? own, { compiler: device.compile });
  const app = await createServer({
    device,
    shelf,
    limits,
    page: fileURLToPath(new URL('../../dist/page', import.meta.url)),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    app,
    address: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    device,
    models: models ?? own,
    async close() {
      await app.close();
      await rm(own, { recursive: true, force: true });
    },
  };
}

async function saveModels(folder: string): Promise<void> {
  await cp(TRAINED, join(folder, 'rooms', 'best'), { recursive: true });
  const model = await LlmMde.create(configure(preset('tiny'), { prompt: { style: 'fixed' }, seed: 2 }));
  await model.save(join(folder, 'rooms-fixed', 'best'));
  model.dispose();
}
