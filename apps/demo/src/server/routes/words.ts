import type { FastifyInstance } from 'fastify';
import type { AttendedWords } from 'llm-mde';
import { receiveImage } from '../image-request.js';
import { Refusal } from '../refusal.js';
import { imageErrors, UPLOAD_TYPES, wordsAnswer, wordsQuery } from '../schemas.js';
import type { Services } from '../services.js';

interface Query {
  model?: string;
  patch?: string;
  prototypes: number;
  words: number;
}

/** `POST /api/words`: which text prototypes the patches of an image attend to, and the words nearest to them. */
export function wordsRoute(app: FastifyInstance, { shelf, predictor, admission, ...options }: Services): void {
  app.post<{ Querystring: Query }>(
    '/api/words',
    {
      onRequest: admission,
      schema: {
        summary: 'The words behind each patch of an image',
        consumes: UPLOAD_TYPES,
        querystring: wordsQuery,
        response: { 200: wordsAnswer, ...imageErrors },
      },
    },
    async (request, reply) => {
      const { id: model } = shelf.find(request.query.model);
      const { prototypes: prototypeCount, words: wordCount, patch } = request.query;
      const { image, signal, decodedMilliseconds } = await receiveImage(request, reply, options);
      const done = await predictor.words({ model, image, prototypeCount, wordCount }, signal);
      const timings = {
        decode: decodedMilliseconds,
        wait: done.waitedMilliseconds,
        compute: done.ranMilliseconds,
        total: reply.elapsedTime,
      };
      const { rows, columns, patches, words } = patch === undefined ? done.result : onlyPatch(done.result, patch);
      return { model, rows, columns, patches, words: Object.fromEntries(words), timings };
    },
  );
}

function onlyPatch({ rows, columns, patches, words }: AttendedWords, patch: string): AttendedWords {
  const [row, column] = patch.split(',').map(Number) as [number, number];
  if (row >= rows || column >= columns) {
    throw new Refusal(
      400,
      `There is no patch ${patch}: this model sees ${rows} rows of ${columns} patches, counted from 0.`,
    );
  }
  const chosen = patches[row * columns + column]!;
  const occurring = chosen.map(({ prototype }) => [prototype, words.get(prototype)!] as const);
  return { rows, columns, patches: [chosen], words: new Map(occurring) };
}
