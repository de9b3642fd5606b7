import { exifFocalLength } from '@llm-mde/depth-maps';
import type { RawImage } from '@llm-mde/vision-encoder';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import { MultipartParseError, parseMultipart } from '@remix-run/multipart-parser';
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { fileTypeFromBuffer } from 'file-type';
import sharp from 'sharp';
import { HttpError } from './errors.js';
import { watchIdle } from './idle.js';
import type { Limits } from './limits.js';
import { IMAGE_TYPES, UPLOAD_TYPES } from './schemas.js';
import type { Lanes, Semaphore } from './semaphore.js';

/** A hook that limits concurrent requests. Each holds its place until its answer is sent or its client disconnects. */
export function concurrencyLimit(requests: Semaphore): onRequestHookHandler {
  return async (request, reply) => {
    const release = requests.tryAcquire(request.ip);
    if (!release) {
      const own = requests.heldBy(request.ip);
      const message =
        own >= requests.share
          ? `Your address has ${own} requests in progress, and one address may have ${requests.share}: wait for their answers.`
          : `The server is busy with ${requests.capacity} requests: retry in a second.`;
      // Its body is not read.
      throw new HttpError(429, message, { 'retry-after': '1', connection: 'close' });
    }
    reply.raw.once('close', release);
  };
}

export interface UploadOptions {
  limits: Limits;
  /** Bytes of uploads in memory. */
  uploads: Lanes;
  /** Pixels of decoded images. */
  pixels: Lanes;
}

export interface Upload {
  image: RawImage;
  /** In pixels of the image, if its EXIF data state one. */
  focalLength: number | undefined;
  decodeMilliseconds: number;
  /** Aborted when the client disconnects or the answer takes too long. */
  signal: AbortSignal;
  /** Gives its pixels back; also happens when the request ends. */
  release(): void;
}

/**
 * The image of a request, as the body itself or as a file of a form, in memory. It is decoded as soon as its pixels are available.
 *
 * @throws {HttpError} if the image is not acceptable.
 */
export async function receiveImage(
  request: FastifyRequest,
  reply: FastifyReply,
  options: UploadOptions,
): Promise<Upload> {
  const { limits, pixels } = options;
  const signal = deadline(reply, limits);
  const { bytes, release: releaseBytes } = await readUpload(request, signal, options);
  reply.raw.once('close', releaseBytes);
  try {
    const { count, focalLength } = await readHeader(bytes, limits);
    const release = await pixels.for(count).acquire(count, request.ip, signal);
    reply.raw.once('close', release);
    if (reply.raw.closed) release();
    const start = performance.now();
    const image = await decodeImage(bytes).catch(cannotDecode);
    return { image, focalLength, decodeMilliseconds: performance.now() - start, signal, release };
  } finally {
    releaseBytes();
  }
}

/** The status is only for the metrics: nobody reads the answer. */
const CLIENT_CLOSED_REQUEST = 499;

function deadline({ raw }: FastifyReply, { answerMilliseconds }: Limits): AbortSignal {
  const controller = new AbortController();
  const late = new HttpError(503, 'The server is too busy to answer in time: retry later.', { 'retry-after': '5' });
  const timer = setTimeout(() => controller.abort(late), answerMilliseconds);
  raw.once('close', () => {
    clearTimeout(timer);
    controller.abort(new HttpError(CLIENT_CLOSED_REQUEST, 'The client disconnected.'));
  });
  return controller.signal;
}

async function readUpload(request: FastifyRequest, signal: AbortSignal, options: UploadOptions) {
  const header = request.headers['content-type'] ?? '';
  const type = header.split(';')[0]!.trim().toLowerCase();
  if (!UPLOAD_TYPES.includes(type)) {
    throw new HttpError(
      415,
      `Unsupported Content-Type ${type || '(none)'}: send a JPEG, PNG, WebP or AVIF file as ${IMAGE_TYPES.join(', ')}, or in a form.`,
    );
  }
  const { bytes, release } = await readBody(request, signal, options);
  if (IMAGE_TYPES.includes(type)) return { bytes, release };
  try {
    return { bytes: fileOfForm(bytes, header), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** What may arrive before memory is reserved, so that those who announce an upload and send little of it reserve none. */
const UNRESERVED_BYTES = 64 * 1024;

/** Room for the other parts of a form. */
const FORM_BYTES = 64 * 1024;

/**
 * Reads a body into memory, which is reserved once it is more than a little.
 *
 * @returns the function that gives the reserved memory back.
 * @throws {HttpError} if it is too large or too slow.
 */
async function readBody({ raw, ip, headers }: FastifyRequest, signal: AbortSignal, { limits, uploads }: UploadOptions) {
  const most = limits.bytes + FORM_BYTES;
  const announced = Number(headers['content-length'] ?? most);
  const lane = uploads.for(announced);
  const tooSlow = new AbortController();
  const cut = () => tooSlow.abort(new HttpError(408, 'The upload took too long.', { connection: 'close' }));
  const inTime = () => setTimeout(cut, limits.uploadMilliseconds);
  const aborted = rejection(AbortSignal.any([signal, tooSlow.signal]));
  let timer = inTime();
  let release: (() => void) | undefined;
  const idle = watchIdle((milliseconds) => {
    if (release && lane.isContended && milliseconds > limits.contendedStallMilliseconds) cut();
  });
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    if (announced > most) throw tooLarge(limits.bytes);
    const iterator: AsyncIterator<Buffer, undefined> = raw.iterator({ destroyOnReturn: false });
    for (;;) {
      const { value } = await Promise.race([iterator.next(), aborted]);
      if (value === undefined) return { bytes: Buffer.concat(chunks, length), release: release ?? (() => {}) };
      idle.reset();
      chunks.push(value);
      length += value.length;
      if (length > most) throw tooLarge(limits.bytes);
      if (length > UNRESERVED_BYTES && !release) {
        clearTimeout(timer);
        release = await lane.acquire(announced, ip, signal);
        timer = inTime();
        idle.reset();
      }
    }
  } catch (error) {
    release?.();
    // The rest is skipped, so that the client reads the answer.
    raw.resume();
    throw error;
  } finally {
    clearTimeout(timer);
    idle.end();
  }
}

/** A promise that rejects with the reason of a signal. */
function rejection(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  promise.catch(() => {});
  return promise;
}

/** The first file of a form. */
function fileOfForm(bytes: Buffer, contentType: string): Uint8Array {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (!boundary) throw new HttpError(400, 'The form is invalid: its Content-Type names no boundary.');
  try {
    const parts = parseMultipart(bytes, {
      boundary,
      maxFileSize: bytes.length,
      maxTotalSize: bytes.length,
      maxParts: 8,
    });
    for (const part of parts) if (part.isFile) return part.bytes;
  } catch (error) {
    if (!(error instanceof MultipartParseError)) throw error;
    throw new HttpError(400, 'The form is invalid: its parts do not begin and end with its boundary, or are too many.');
  }
  throw new HttpError(
    400,
    'The form has no file: send the image as a file field, Content-Disposition: form-data; name="image"; filename="…".',
  );
}

/** By the content of the file; its name and Content-Type do not count. */
const ACCEPTED = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'];

/**
 * Reads the header of an uploaded file. No pixel is decoded, and only the four accepted formats reach the decoder at all.
 *
 * @throws {HttpError} if it is empty, of another format, animated, damaged, or larger than the limit.
 */
async function readHeader(bytes: Uint8Array, { bytes: mostBytes, pixels: mostPixels }: Limits) {
  if (bytes.length === 0)
    throw new HttpError(400, 'The image is empty: send the bytes of a JPEG, PNG, WebP or AVIF file.');
  if (bytes.length > mostBytes) throw tooLarge(mostBytes);
  const type = (await fileTypeFromBuffer(bytes).catch(() => undefined))?.mime;
  if (type === 'image/apng') throw animated();
  if (!type || !ACCEPTED.includes(type)) {
    throw new HttpError(
      415,
      `Unsupported format ${type ?? '(not a known image)'}: send a JPEG, PNG, WebP or AVIF file.`,
    );
  }
  const header = await sharp(bytes, { limitInputPixels: false }).metadata().catch(cannotDecode);
  const { width, height, exif, pages = 1 } = header;
  if (pages > 1) throw animated();
  const count = width * height;
  if (count > mostPixels) {
    throw new HttpError(
      413,
      `The image has ${width} × ${height} pixels, ${millions(count)} megapixels; at most ${millions(mostPixels)} are allowed: scale it down first.`,
    );
  }
  const { focalLength } = await exifFocalLength(exif, { width, height });
  return { count, focalLength };
}

function animated(): HttpError {
  return new HttpError(422, 'The image is animated or has several pages: send a single frame.');
}

function tooLarge(most: number): HttpError {
  return new HttpError(413, `The file is larger than ${millions(most)} MB: scale the image down first.`);
}

function cannotDecode(): never {
  throw new HttpError(422, 'The image cannot be decoded: the file is damaged or cut off.');
}

function millions(count: number): string {
  return (count / 1e6).toFixed(1);
}
