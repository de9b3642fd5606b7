import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import accepts from '@fastify/accepts';
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import serveStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import type { Device } from '@llm-mde/backend';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifySchema } from 'fastify';
import { hideInternalErrors } from './errors.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { createMetrics } from './metrics.js';
import type { ModelRegistry } from './models.js';
import { BatchQueue } from './queue.js';
import { addRoutes } from './routes.js';
import { imageBody } from './schemas.js';
import { Semaphore } from './semaphore.js';
import { acceptUploads } from './upload.js';

export interface ServerOptions {
  /** The open device; the server does not close it. */
  device: Device;
  /** Disposed when the server closes. */
  registry: ModelRegistry;
  limits?: Partial<Limits>;
  /** Folder of the built page. @default where `npm run build` puts it */
  page?: string;
}

/** The page and its API as a Fastify application, which does not listen yet. */
export async function createServer({
  device,
  registry,
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
  hideInternalErrors(app);
  // Node no longer checks for slow connections once it closes: those that are still uploading then are cut off in time.
  app.addHook('preClose', async () => {
    setTimeout(() => app.server.closeAllConnections(), limits.uploadMilliseconds).unref();
  });
  const requests = new Semaphore(limits.requests);
  const pixels = new Semaphore(Math.max(limits.decodedPixels, limits.pixels));
  const metrics = createMetrics(app, { requests: () => requests.inUse, waiting: () => queue.waiting });
  const queue = new BatchQueue({ maxBatchSize: limits.batch, onBatch: metrics.countBatch });
  await app.register(helmet, SECURITY);
  app.addHook('onSend', async (_request, reply) => {
    reply.header('permissions-policy', 'camera=(self), microphone=(), geolocation=()');
  });
  await app.register(accepts);
  await acceptUploads(app, limits);
  await app.register(swagger, { openapi: DESCRIPTION, transform: describeRoute });
  await app.register(
    serveStatic,
    existsSync(page) ? { root: page, setHeaders: cacheNamedByContent } : { serve: false },
  );
  // In a plugin of its own, registered after swagger, so that swagger sees every route.
  await app.register(async (routes) =>
    addRoutes(routes, { device, registry, queue, limits, requests, pixels, metrics: metrics.registry }),
  );
  app.addHook('onClose', async () => {
    await queue.idle();
    await registry.dispose();
  });
  return app;
}

/** The page may use what comes from this server, compile WebAssembly, show its own images, and use the camera. */
const SECURITY = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
      workerSrc: ["'self'"],
      styleSrc: ["'self'"],
      fontSrc: ["'self'"],
      imgSrc: ["'self'", 'blob:'],
      mediaSrc: ["'self'", 'blob:'],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // The server speaks HTTP, on loopback; a reverse proxy with HTTPS adds this header.
  strictTransportSecurity: false,
  crossOriginEmbedderPolicy: false,
  referrerPolicy: { policy: 'no-referrer' },
} as const satisfies FastifyHelmetOptions;

const BUILT_PAGE = fileURLToPath(new URL('../dist/page', import.meta.url));

const DESCRIPTION = {
  openapi: '3.1.0',
  info: {
    title: 'LLM-MDE',
    version: '0.0.0',
    description: 'Depth from a single image, with a language model.',
    license: { name: 'MIT' },
  },
};

/** Adds what only the description needs: bodies, which Fastify must not validate, and a name for the wildcard. */
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

/** Vite puts a hash of the content into the names of all files in `assets`. */
function cacheNamedByContent(reply: FastifyReply, path: string): void {
  const isNamedByContent = /[/\\]assets[/\\]/.test(path);
  reply.header('cache-control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache');
}
