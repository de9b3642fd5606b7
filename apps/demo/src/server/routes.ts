import { basename, dirname } from 'node:path';
import type { Device } from '@llm-mde/backend';
import { fieldOfViewOf, intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { AttendedWords, CameraImage } from 'llm-mde';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import {
  type AnswerOptions,
  encodeBytes,
  encodeJson,
  encodeMetres,
  encodeMillimetres,
  extent,
  sendAnswer,
} from './answer.js';
import { HttpError } from './errors.js';
import type { ModelRegistry } from './models.js';
import type { PredictedDepth } from './other-models.js';
import type { BatchQueue, BatchResult } from './queue.js';
import {
  binary,
  type DepthAnswer,
  depthAnswer,
  depthQuery,
  error,
  healthAnswer,
  imageErrors,
  jsonSchema,
  modelsAnswer,
  UPLOAD_TYPES,
  type WordsAnswer,
  wordsAnswer,
  wordsQuery,
} from './schemas.js';
import type { Semaphore } from './semaphore.js';
import { concurrencyLimit, receiveImage, type Upload, type UploadOptions } from './upload.js';

/** What the routes share. */
interface Services extends UploadOptions, AnswerOptions {
  device: Device;
  registry: ModelRegistry;
  queue: BatchQueue;
  /** Requests in progress. */
  requests: Semaphore;
  metrics: Registry;
}

export function addRoutes(app: FastifyInstance, services: Services): void {
  depthRoute(app, services);
  wordsRoute(app, services);
  modelRoutes(app, services);
  operationRoutes(app, services);
}

const FORMATS = ['application/json', 'image/png', 'application/x-npy'];

/** `POST /api/depth`: takes an image, answers its depth. */
function depthRoute(app: FastifyInstance, { registry, queue, requests, ...options }: Services): void {
  app.post<{ Querystring: z.output<typeof depthQuery> }>(
    '/api/depth',
    {
      onRequest: concurrencyLimit(requests),
      schema: {
        summary: 'Estimate the depth of an image, in metres',
        description:
          'JSON, a PNG of 16-bit millimetres (Accept: image/png) or NPY of float32 metres (Accept: application/x-npy). ' +
          'The headers Depth-Model, Depth-Prompt (percent-encoded), Depth-Class and Server-Timing say what the JSON says.',
        consumes: UPLOAD_TYPES,
        querystring: jsonSchema(depthQuery),
        response: {
          200: {
            description: 'Metres, for every pixel of the image.',
            content: {
              'application/json': { schema: jsonSchema(depthAnswer) },
              'image/png': { schema: binary },
              'application/x-npy': { schema: binary },
            },
          },
          ...imageErrors,
          406: error,
        },
      },
    },
    async (request, reply) => {
      const format = request.accepts().type(FORMATS);
      if (typeof format !== 'string') {
        throw new HttpError(406, `Unsupported Accept header: accept one of ${FORMATS.join(', ')}.`);
      }
      const other = registry.others.find(request.query.model);
      const unit = other?.description.unit ?? 'metre';
      if (format === 'image/png' && unit === 'relative') {
        throw new HttpError(406, 'This model gives no metres, which a PNG of millimetres holds: accept JSON or NPY.');
      }
      const { id: model, promptStyle: trainedWith } = other
        ? { ...other.description, promptStyle: 'none' as const }
        : registry.find(request.query.model);
      const { flip: testTimeFlip, prompt: promptStyle = trainedWith } = request.query;
      const upload = await receiveImage(request, reply, options);
      const { scene } = request.query;
      const { image: photo, source } = withCamera(upload, request.query.fov);
      const image = { ...photo, ...(scene !== undefined && { scene }) };
      const result = await queue.add(
        {
          key: JSON.stringify([model, testTimeFlip, promptStyle]),
          input: image,
          run: async (images): Promise<readonly PredictedDepth[]> =>
            other
              ? other.predict(images, { testTimeFlip })
              : (await registry.load(model)).predict([...images], { testTimeFlip, promptStyle }),
        },
        upload.signal,
      );
      const { depth, width, height, prompt, class: depthClass, camera } = result.output;
      const { minimum, maximum } = await extent(depth);
      if (!Number.isFinite(maximum - minimum)) {
        throw new HttpError(500, `The model ${model} predicted depth that is not a number: its weights are damaged.`);
      }
      const timings = timingsOf(upload, result, reply);
      reply.type(format).headers({
        'server-timing': Object.entries(timings)
          .map(([name, time]) => `${name};dur=${time.toFixed(1)}`)
          .join(', '),
        'depth-model': encodeURIComponent(model),
        'depth-prompt': encodeURIComponent(prompt),
        'depth-class': depthClass ?? '',
      });
      const encode = async () => {
        if (format === 'image/png') return encodeMillimetres(result.output);
        if (format === 'application/x-npy') return encodeMetres(result.output);
        return encodeJson(depth, {
          ...{ model, promptStyle, width, height, unit, depth: '', minimum, maximum, prompt },
          ...{ camera: camera && { fieldOfView: fieldOfViewOf(camera.focalLength, image), source } },
          ...{ class: depthClass, batch: result.batchSize, timings },
        } satisfies DepthAnswer);
      };
      return sendAnswer(request, reply, upload, options, depth.byteLength, encode);
    },
  );
}

/** The image with the camera that the request states, or its EXIF data. */
function withCamera({ image, focalLength }: Upload, fov: number | undefined) {
  const source = fov !== undefined ? 'request' : focalLength !== undefined ? 'EXIF' : 'assumed';
  const known = fov === undefined ? focalLength : intrinsicsFromFieldOfView(fov, image).fx;
  return {
    image: { ...image, ...(known !== undefined && { focalLength: known }) } satisfies CameraImage,
    source,
  } as const;
}

function timingsOf(
  { decodeMilliseconds: decode }: Upload,
  { waitMilliseconds: wait, computeMilliseconds: compute }: BatchResult<unknown>,
  { elapsedTime: total }: FastifyReply,
) {
  return { decode, wait, compute, total };
}

/** `POST /api/words`: the text prototypes that the patches of an image attend to, and the words nearest to them. */
function wordsRoute(app: FastifyInstance, { registry, queue, requests, ...options }: Services): void {
  app.post<{ Querystring: z.output<typeof wordsQuery> }>(
    '/api/words',
    {
      onRequest: concurrencyLimit(requests),
      schema: {
        summary: 'Find the text prototypes that each patch of an image attends to, and whether that says anything',
        consumes: UPLOAD_TYPES,
        querystring: jsonSchema(wordsQuery),
        response: { 200: jsonSchema(wordsAnswer), ...imageErrors },
      },
    },
    async (request, reply) => {
      const { id: model } = registry.find(request.query.model);
      const { prototypes: prototypeCount, words: wordCount, patch } = request.query;
      const upload = await receiveImage(request, reply, options);
      const result = await queue.add(
        {
          input: upload.image,
          run: async ([image]) => [
            await (await registry.load(model)).attendedWords(image!, { prototypeCount, wordCount }),
          ],
        },
        upload.signal,
      );
      const found = patch === undefined ? result.output : onlyPatch(result.output, patch);
      const { words, ...patches } = found;
      const timings = timingsOf(upload, result, reply);
      const answer: WordsAnswer = { model, ...patches, words: Object.fromEntries(words), timings };
      const json = Buffer.from(JSON.stringify(answer));
      reply.type('application/json');
      return sendAnswer(request, reply, upload, options, json.length, async () => encodeBytes(json));
    },
  );
}

function onlyPatch({ rows, columns, attention, patches, words }: AttendedWords, patch: string): AttendedWords {
  const [row, column] = patch.split(',').map(Number) as [number, number];
  if (row >= rows || column >= columns) {
    throw new HttpError(
      400,
      `Patch ${patch} is out of range: the model has ${rows} rows of ${columns} patches, counted from 0.`,
    );
  }
  const chosen = patches[row * columns + column]!;
  const occurring = chosen.map(({ prototype }) => [prototype, words.get(prototype)!] as const);
  return { rows, columns, attention, patches: [chosen], words: new Map(occurring) };
}

/** `GET /api/models` lists the models; `GET /models/<id>/<path>` serves their files to browsers that run them. */
function modelRoutes(app: FastifyInstance, { registry, device, limits }: Services): void {
  app.get(
    '/api/models',
    { schema: { summary: 'List the models', response: { 200: jsonSchema(modelsAnswer) } } },
    async () => ({
      models: registry.list(),
      others: registry.others.list(),
      device: { name: device.name, hardware: device.hardware, library: device.libraryVersion },
      limits: { bytes: limits.bytes, pixels: limits.pixels },
    }),
  );
  app.get<{ Params: { id: string; '*': string } }>(
    '/models/:id/*',
    {
      schema: {
        summary: 'Download a file of a model, by its path in GET /api/models',
        params: { type: 'object', properties: { id: { type: 'string' }, '*': { type: 'string' } } },
        response: { 404: error },
      },
    },
    async (request, reply) => {
      const { id, '*': path } = request.params;
      const place = registry.placeOf(id, path);
      return (
        reply
          .type('application/octet-stream')
          // Browsers keep it, and ask whether it has changed, as when a run goes on.
          .header('cache-control', 'no-cache')
          .sendFile(basename(place), dirname(place), { cacheControl: false })
      );
    },
  );
}

/** State, metrics and description of the server itself. */
function operationRoutes(app: FastifyInstance, { metrics, queue, requests, device }: Services): void {
  app.get(
    '/health',
    { schema: { summary: 'Report that the server is up, and its load', response: { 200: jsonSchema(healthAnswer) } } },
    async () => ({
      status: 'ok',
      device: device.name,
      requests: requests.inUse,
      waiting: queue.waiting,
      seconds: process.uptime(),
    }),
  );
  app.get(
    '/metrics',
    { schema: { summary: 'Metrics for Prometheus', produces: ['text/plain'] } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()),
  );
  app.get('/openapi.json', { schema: { summary: 'This description' } }, async () => app.swagger());
}
