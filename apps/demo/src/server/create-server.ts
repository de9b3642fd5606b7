import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import accepts from '@fastify/accepts';
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import serveStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import type { Device } from '@llm-mde/backend';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifySchema } from 'fastify';
import manifest from '../../package.json' with { type: 'json' };
import { hideInternalErrors } from './errors.js';
import { checkOrigins } from './hosts.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { createMetrics } from './metrics.js';
import type { ModelRegistry } from './models.js';
import { BatchQueue } from './queue.js';
import { addRoutes } from './routes.js';
import { imageBody } from './schemas.js';
import { Lanes, Semaphore } from './semaphore.js';

export interface ServerOptions {
  /** The open device; the server does not close it. */
  device: Device;
  /** Disposed when the server closes. */
  registry: ModelRegistry;
  limits?: Partial<Limits>;
  /** Host names that requests may be sent to, besides those of loopback and IP addresses: see `checkOrigins`. @default none */
  allowedHosts?: readonly string[];
  /** Folder of the built page. @default where `npm run build` puts it */
  page?: string;
}

/** The page and its API as a Fastify application, which does not listen yet. */
export async function createServer({
  device,
  registry,
  limits: changes,
  allowedHosts = [],
  page = BUILT_PAGE,
}: ServerOptions): Promise<FastifyInstance> {
  const limits = { ...DEFAULT_LIMITS, ...changes };
  const app = Fastify({
    // The routes have limits of their own; these are for what no route answers.
    requestTimeout: limits.uploadMilliseconds + limits.answerMilliseconds,
    connectionTimeout: limits.uploadMilliseconds + limits.answerMilliseconds,
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
  checkOrigins(app, allowedHosts);
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.addHook('preClose', async () => {
    // Neither those that browsers open in advance nor those whose last answer ends only now count as idle for Node.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    const idle = setInterval(() => app.server.closeIdleConnections(), 100);
    const late = setTimeout(() => {
      console.error(`Disconnected the clients of ${requests.inUse} requests that did not end in time.`);
      app.server.closeAllConnections();
    }, limits.closeMilliseconds);
    app.server.once('close', () => {
      clearInterval(idle);
      clearTimeout(late);
    });
  });
  const requests = new Semaphore(limits.requests, limits.requestsPerClient);
  const uploads = new Lanes(limits.uploadBytes, 2 * limits.bytes);
  const pixels = new Lanes(limits.decodedPixels, limits.pixels);
  const answers = new Lanes(limits.answerBytes, 4 * limits.pixels);
  const metrics = createMetrics(app, { requests: () => requests.inUse, waiting: () => queue.waiting });
  const queue = new BatchQueue({ maxBatchSize: limits.batch, onBatch: metrics.countBatch });
  await app.register(helmet, SECURITY);
  app.addHook('onSend', async (_request, reply) => {
    reply.header('permissions-policy', 'camera=(self), microphone=(), geolocation=()');
  });
  await app.register(accepts);
  // The routes read their uploads themselves.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  await app.register(swagger, { openapi: DESCRIPTION, transform: describeRoute });
  await app.register(
    serveStatic,
    existsSync(page) ? { root: page, setHeaders: cacheNamedByContent } : { serve: false },
  );
  // In a plugin of its own, registered after swagger, so that swagger sees every route.
  await app.register(async (routes) =>
    addRoutes(routes, {
      ...{ device, registry, queue, limits, requests, uploads, pixels, answers },
      metrics: metrics.registry,
    }),
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
    version: manifest.version,
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
