import type { RawImage } from '@llm-mde/vision-encoder';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Budget } from './budget.js';
import { decodeUpload, readHeader } from './decode-upload.js';
import type { Limits } from './limits.js';
import { readUpload } from './read-upload.js';
import { Refusal } from './refusal.js';

export interface ImageRequest {
  image: RawImage;
  decodedMilliseconds: number;
  /** Aborted when the client goes, or when the answer takes too long. */
  signal: AbortSignal;
}

export interface ImageRequestOptions {
  limits: Limits;
  /** Pixels that may be decoded at one time. */
  pixels: Budget;
}

/**
 * The image of a request, decoded as soon as there is room for its pixels, which stay taken until the answer is sent.
 *
 * @throws {Refusal} if the image is not acceptable.
 */
export async function receiveImage(
  request: FastifyRequest,
  reply: FastifyReply,
  { limits, pixels }: ImageRequestOptions,
): Promise<ImageRequest> {
  const bytes = await readUpload(request);
  const signal = AbortSignal.any([clientGone(reply), answerTimeout(limits)]);
  const { width, height } = await readHeader(bytes, limits);
  const giveBack = await pixels.take(width * height, signal);
  reply.raw.once('close', giveBack);
  if (reply.raw.closed) giveBack();
  const start = performance.now();
  const image = await decodeUpload(bytes);
  return { image, decodedMilliseconds: performance.now() - start, signal };
}

/** Nobody reads the answer to a client that went away; the status is for the log and the metrics. */
const CLIENT_CLOSED_REQUEST = 499;

function clientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const gone = () => controller.abort(new Refusal(CLIENT_CLOSED_REQUEST, 'The client went away.'));
  if (reply.raw.destroyed) gone();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone();
  });
  return controller.signal;
}

function answerTimeout({ answerMilliseconds }: Limits): AbortSignal {
  const controller = new AbortController();
  const refusal = new Refusal(503, 'The server is too busy to answer in time: try again later.', {
    'retry-after': '5',
  });
  setTimeout(() => controller.abort(refusal), answerMilliseconds).unref();
  return controller.signal;
}
