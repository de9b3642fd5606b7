import type { FastifyInstance } from 'fastify';
import { error, modelsAnswer } from '../schemas.js';
import type { Services } from '../services.js';

/** `GET /api/models` lists the models; `GET /models/<id>/<path>` hands out their files, to browsers that run them. */
export function modelRoutes(app: FastifyInstance, { shelf, device, limits }: Services): void {
  app.get(
    '/api/models',
    { schema: { summary: 'The models that there are', response: { 200: modelsAnswer } } },
    async () => ({
      models: shelf.list(),
      device: { name: device.name, hardware: device.hardware, library: device.libraryVersion },
      limits: { bytes: limits.bytes, pixels: limits.pixels },
    }),
  );
  app.get<{ Params: { id: string; '*': string } }>(
    '/models/:id/*',
    {
      schema: {
        summary: 'One of the files of a model, by the names in GET /api/models',
        params: { type: 'object', properties: { id: { type: 'string' }, '*': { type: 'string' } } },
        response: { 404: error },
      },
    },
    async (request, reply) => {
      const { id, '*': path } = request.params;
      return reply.type('application/octet-stream').sendFile(path, shelf.folderOf(id, path), { cacheControl: false });
    },
  );
}
