import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import accepts from '@fastify/accepts';
import serveStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import type { Device } from '@llm-mde/backend';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifySchema } from 'fastify';
import { createAdmission } from './admission.js';
import { Budget } from './budget.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { createMetrics, measureRequests } from './metrics.js';
import type { ModelShelf } from './model-shelf.js';
import { Predictor } from './predictor.js';
import { acceptUploads } from './read-upload.js';
import { Refusal, refusalBody } from './refusal.js';
import { depthRoute } from './routes/depth.js';
import { modelRoutes } from './routes/models.js';
import { operationRoutes } from './routes/operations.js';
import { wordsRoute } from './routes/words.js';
import { imageBody } from './schemas.js';
import { addSecurityHeaders } from './security-headers.js';

export interface ServerOptions {
  /** The open device; the server does not close it. */
  device: Device;
  /** The server disposes it when it closes. */
  shelf: ModelShelf;
  limits?: Partial<Limits>;
  /** Folder of the built page. @default where `npm run build` puts it */
  page?: string;
}

/** The page and its API as a Fastify application, which does not listen yet. */
export async function createServer({
  device,
  shelf,
  limits: changes,
  page = BUILT_PAGE,
}: ServerOptions): Promise<FastifyInstance> {
  const limits = { ...DEFAULT_LIMITS, ...changes };
  const app = Fastify({
    bodyLimit: limits.bytes,
    requestTimeout: limits.uploadMilliseconds,
    keepAliveTimeout: 10_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    ajv: { customOptions: { removeAdditional: false } },
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headerMilliseconds,
      connectionsCheckingInterval: limits.checkMilliseconds,
    },
  });
  answerErrors(app);
  // Node looks for slow connections no longer once it closes: those that are still uploading then are cut off in time.
  app.addHook('preClose', async () => {
    setTimeout(() => app.server.closeAllConnections(), limits.uploadMilliseconds).unref();
  });
  const requests = new Budget(limits.requests);
  const metrics = createMetrics({ requests: () => requests.inUse, waiting: () => predictor.waiting });
  const predictor = new Predictor(shelf, limits, metrics.countBatch);
  const pixels = new Budget(Math.max(limits.decodedPixels, limits.pixels));
  const services = {
    device,
    shelf,
    predictor,
    limits,
    requests,
    pixels,
    metrics,
    admission: createAdmission(requests),
  };
  measureRequests(app, metrics);
  await addSecurityHeaders(app);
  await app.register(accepts);
  await acceptUploads(app, limits);
  await app.register(swagger, { openapi: DESCRIPTION, transform: describeRoute });
  await app.register(
    serveStatic,
    existsSync(page) ? { root: page, setHeaders: cacheNamedByContent } : { serve: false },
  );
  // Within a plugin of its own, which is registered after swagger, so that no route is missed.
  await app.register(async (routes) => {
    depthRoute(routes, services);
    wordsRoute(routes, services);
    modelRoutes(routes, services);
    operationRoutes(routes, services);
  });
  app.addHook('onClose', async () => {
    await predictor.idle();
    await shelf.dispose();
  });
  return app;
}

const BUILT_PAGE = fileURLToPath(new URL('../dist/page', import.meta.url));

const DESCRIPTION = {
  openapi: '3.1.0',
  info: {
    title: 'LLM-MDE',
    version: '0.0.0',
    description: 'Depth from a single image, understood by a language model.',
    license: { name: 'MIT' },
  },
};

/** What Fastify itself does not need to know: bodies that it must not check, and a name for what stands behind a folder. */
function describeRoute({ schema, url }: { schema: FastifySchema; url: string }) {
  const { params } = schema as { params?: { properties: Record<string, unknown> } };
  const { '*': path, ...properties } = params?.properties ?? {};
  return {
    url: url.replace('*', ':path'),
    schema: {
      ...schema,
      ...(schema.consumes && { body: imageBody(schema.consumes) }),
      ...(path !== undefined && { params: { ...params, properties: { ...properties, path } } }),
    },
  };
}

/** Every error is an answer with a sentence; those that are nobody's fault but the server's are logged. */
function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(refusalBody(404, `There is no ${request.method} ${request.url.split('?')[0]}: see /openapi.json.`)),
  );
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    if (error instanceof Refusal) {
      return reply.code(error.statusCode).headers(error.headers).send(refusalBody(error.statusCode, error.message));
    }
    const status = error.statusCode ?? 500;
    if (status < 500) return reply.code(status).send(refusalBody(status, error.message));
    console.error(error);
    return reply.code(500).send(refusalBody(500, 'Something went wrong in the server; its log says what.'));
  });
}

/** Vite puts a hash of the content into the name of everything in `assets`. */
function cacheNamedByContent(reply: FastifyReply, path: string): void {
  const isNamedByContent = /[/\\]assets[/\\]/.test(path);
  reply.header('cache-control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache');
}
