import { encodeDepthPng, encodeNpy } from '@llm-mde/depth-maps';
import type { PromptStyle } from '@llm-mde/prompts';
import type { FastifyInstance } from 'fastify';
import type { Prediction } from 'llm-mde';
import { receiveImage } from '../image-request.js';
import { Refusal } from '../refusal.js';
import { binary, depthAnswer, depthQuery, error, imageErrors, UPLOAD_TYPES } from '../schemas.js';
import type { Services } from '../services.js';

const FORMATS = ['application/json', 'image/png', 'application/x-npy'];

interface Query {
  model?: string;
  flip: boolean;
  prompt?: PromptStyle;
}

/** `POST /api/depth`: an image in, its depth out. */
export function depthRoute(app: FastifyInstance, { shelf, predictor, admission, ...options }: Services): void {
  app.post<{ Querystring: Query }>(
    '/api/depth',
    {
      onRequest: admission,
      schema: {
        summary: 'Depth of an image, in metres',
        description:
          'JSON, a PNG of 16-bit millimetres (Accept: image/png) or NPY of float32 metres (Accept: application/x-npy). ' +
          'Those two have model, prompt and class in the headers Depth-Model, Depth-Prompt (percent-encoded) and Depth-Class. Server-Timing is in all.',
        consumes: UPLOAD_TYPES,
        querystring: depthQuery,
        response: {
          200: {
            description: 'Metres, for every pixel of the image.',
            content: {
              'application/json': { schema: depthAnswer },
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
        throw new Refusal(406, `There is no answer of the kinds in Accept: ask for one of ${FORMATS.join(', ')}.`);
      }
      const { id: model, promptStyle: trainedWith } = shelf.find(request.query.model);
      const { flip, prompt: promptStyle = trainedWith as PromptStyle } = request.query;
      const { image, signal, decodedMilliseconds } = await receiveImage(request, reply, options);
      const done = await predictor.depth({ model, image, flip, promptStyle }, signal);
      const prediction = done.result;
      const timings = {
        decode: decodedMilliseconds,
        wait: done.waitedMilliseconds,
        compute: done.ranMilliseconds,
        total: reply.elapsedTime,
      };
      reply.header(
        'server-timing',
        Object.entries(timings)
          .map(([name, milliseconds]) => `${name};dur=${milliseconds.toFixed(1)}`)
          .join(', '),
      );
      if (format === 'application/json') {
        return { model, promptStyle, ...depthJson(prediction), batch: done.batch, timings };
      }
      reply.headers({
        'depth-model': encodeURIComponent(model),
        'depth-prompt': encodeURIComponent(prediction.prompt),
        'depth-class': prediction.class ?? '',
      });
      const bytes =
        format === 'image/png' ? encodeDepthPng(prediction.depth, prediction) : encodeNpy(prediction.depth, prediction);
      return reply.type(format).send(Buffer.from(bytes.buffer));
    },
  );
}

function depthJson({ depth, width, height, prompt, class: depthClass }: Prediction) {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = 0;
  for (const metres of depth) {
    if (metres < minimum) minimum = metres;
    if (metres > maximum) maximum = metres;
  }
  return {
    width,
    height,
    unit: 'metre',
    depth: Buffer.from(depth.buffer, depth.byteOffset, depth.byteLength).toString('base64'),
    minimum,
    maximum,
    prompt,
    class: depthClass,
  };
}
