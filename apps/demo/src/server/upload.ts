import multipart from '@fastify/multipart';
import type { RawImage } from '@llm-mde/vision-encoder';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { fileTypeFromBuffer } from 'file-type';
import sharp from 'sharp';
import { HttpError } from './errors.js';
import type { Limits } from './limits.js';
import { IMAGE_TYPES } from './schemas.js';
import type { Semaphore } from './semaphore.js';

/** A hook that limits concurrent requests. Each holds its place until its answer is sent or its client disconnects. */
export function concurrencyLimit(requests: Semaphore): onRequestHookHandler {
  return async (_request, reply) => {
    const release = requests.tryAcquire();
    if (!release) {
      throw new HttpError(429, `The server is busy with ${requests.capacity} requests: retry in a second.`, {
        'retry-after': '1',
        // Its body is not read.
        connection: 'close',
      });
    }
    reply.raw.once('close', release);
  };
}

/** Accepts an image as the body itself or as a file of a form; either stays in memory. */
export async function acceptUploads(app: FastifyInstance, { bytes }: Limits): Promise<void> {
  app.addContentTypeParser(
    IMAGE_TYPES,
    { parseAs: 'buffer', bodyLimit: bytes },
    async (_request: unknown, body: Buffer) => body,
  );
  await app.register(multipart, {
    limits: { fileSize: bytes, files: 1, parts: 4, fields: 3, fieldSize: 1024, fieldNameSize: 100, headerPairs: 20 },
  });
}

export interface Upload {
  image: RawImage;
  decodeMilliseconds: number;
  /** Aborted when the client disconnects or the answer takes too long. */
  signal: AbortSignal;
}

/**
 * The image of a request, decoded as soon as its pixels are available, which it holds until the answer is sent.
 *
 * @param pixels Pixels of all images that are decoded at one time.
 * @throws {HttpError} if the image is not acceptable.
 */
export async function receiveImage(
  request: FastifyRequest,
  reply: FastifyReply,
  { limits, pixels }: { limits: Limits; pixels: Semaphore },
): Promise<Upload> {
  const bytes = await readUpload(request);
  const signal = AbortSignal.any([clientGone(reply), answerTimeout(limits)]);
  const release = await pixels.acquire(await countPixels(bytes, limits), signal);
  reply.raw.once('close', release);
  if (reply.raw.closed) release();
  const start = performance.now();
  const image = await decodeImage(bytes).catch((error: Error) => {
    throw new HttpError(422, `${firstLine(error)}.`);
  });
  return { image, decodeMilliseconds: performance.now() - start, signal };
}

async function readUpload(request: FastifyRequest): Promise<Uint8Array> {
  if (request.isMultipart()) {
    const file = await readForm(request);
    if (!file) throw new HttpError(400, 'The form has no file: send the image as a file field.');
    return file;
  }
  if (Buffer.isBuffer(request.body)) return request.body;
  throw new HttpError(415, `Send the image as the body, with Content-Type ${IMAGE_TYPES.join(', ')}, or as a form.`);
}

/** The first file of a form, in memory. */
async function readForm(request: FastifyRequest): Promise<Buffer | undefined> {
  try {
    const file = await request.file();
    return await file?.toBuffer();
  } catch (error) {
    // The parser's errors about broken forms have no status; those about its limits do.
    if ((error as { statusCode?: number }).statusCode !== undefined) throw error;
    throw new HttpError(400, `The form is invalid: ${(error as Error).message}.`);
  }
}

/** The status is only for the metrics: nobody reads the answer. */
const CLIENT_CLOSED_REQUEST = 499;

function clientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort(new HttpError(CLIENT_CLOSED_REQUEST, 'The client disconnected.'));
  if (reply.raw.destroyed) abort();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) abort();
  });
  return controller.signal;
}

function answerTimeout({ answerMilliseconds }: Limits): AbortSignal {
  const controller = new AbortController();
  const error = new HttpError(503, 'The server is too busy to answer in time: retry later.', { 'retry-after': '5' });
  setTimeout(() => controller.abort(error), answerMilliseconds).unref();
  return controller.signal;
}

/** By the content of the file; its name and Content-Type do not count. */
const ACCEPTED = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'];

/**
 * Reads the header of an uploaded file. No pixel is decoded, and only the four accepted formats reach the decoder at all.
 *
 * @throws {HttpError} if it is empty, of another format, animated, damaged, or larger than the limit.
 */
async function countPixels(bytes: Uint8Array, { pixels: limit }: Limits): Promise<number> {
  if (bytes.length === 0)
    throw new HttpError(400, 'The image is empty: send the bytes of a JPEG, PNG, WebP or AVIF file.');
  const type = (await fileTypeFromBuffer(bytes).catch(() => undefined))?.mime;
  if (type === 'image/apng') throw animated();
  if (!type || !ACCEPTED.includes(type)) {
    throw new HttpError(
      415,
      `Unsupported format ${type ?? '(not a known image)'}: send a JPEG, PNG, WebP or AVIF file.`,
    );
  }
  const {
    width,
    height,
    pages = 1,
  } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error: Error) => {
      throw new HttpError(422, `The image cannot be decoded: ${firstLine(error)}.`);
    });
  if (pages > 1) throw animated();
  const count = width * height;
  if (count > limit) {
    throw new HttpError(
      413,
      `The image has ${width} × ${height} pixels, ${megapixels(count)} megapixels; at most ${megapixels(limit)} are allowed: scale it down first.`,
    );
  }
  return count;
}

function animated(): HttpError {
  return new HttpError(422, 'The image is animated or has several pages: send a single frame.');
}

function firstLine({ message }: Error): string {
  return message.split('\n')[0]!.replace(/[.\s]+$/, '');
}

function megapixels(pixels: number): string {
  return (pixels / 1e6).toFixed(1);
}
