import { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { depthToMillimetres, encodeNpy } from '@llm-mde/depth-maps';
import type { FastifyReply, FastifyRequest } from 'fastify';
import sharp from 'sharp';
import { watchIdle } from './idle.js';
import type { Limits } from './limits.js';
import type { PredictedDepth } from './other-models.js';
import type { Lanes } from './semaphore.js';
import type { Upload } from './upload.js';

export interface AnswerOptions {
  limits: Limits;
  /** Bytes of the answers that are being sent. */
  answers: Lanes;
}

/** An answer in parts, each of which is made when the client has taken the one before. */
export interface Encoded {
  length: number;
  parts: Iterable<string | Uint8Array>;
}

/**
 * Sends an answer as fast as its client reads it, and disconnects a client that does not. The pixels of the upload are given back once it is encoded.
 *
 * @param bytes Memory that the answer holds until it is sent; waits until it is available.
 * @returns the reply, for the handler to return.
 */
export async function sendAnswer(
  { ip }: FastifyRequest,
  reply: FastifyReply,
  upload: Upload,
  { answers, limits }: AnswerOptions,
  bytes: number,
  encode: () => Promise<Encoded>,
): Promise<FastifyReply> {
  const { raw } = reply;
  const lane = answers.for(bytes);
  const release = await lane.acquire(bytes, ip, upload.signal);
  raw.once('close', release);
  if (raw.closed) release();
  const { length, parts } = await encode();
  upload.release();
  async function* paced() {
    const idle = watchIdle((milliseconds) => {
      const { stallMilliseconds, contendedStallMilliseconds } = limits;
      if (milliseconds > (lane.isContended ? contendedStallMilliseconds : stallMilliseconds)) raw.destroy();
    });
    try {
      for (const part of parts) {
        yield part;
        idle.reset();
      }
      // Node takes an answer that has ended for sent: a server that closes would cut off what has not left yet.
      while (raw.writableLength > 0 && !raw.destroyed) await wait(5);
    } finally {
      idle.end();
    }
  }
  return reply.header('content-length', length).send(Readable.from(paced()));
}

/** A multiple of the 12 bytes that three values and sixteen letters of base64 have in common. */
const PART_BYTES = 48 * 1024;

export function encodeBytes(bytes: Uint8Array): Encoded {
  return { length: bytes.length, parts: partsOf(bytes) };
}

/** JSON of an answer whose `depth`, which is empty, becomes base64, part by part: nothing holds up the other requests. */
export function encodeJson(depth: Float32Array, answer: { depth: string }): Encoded {
  const [before, after] = JSON.stringify(answer).split('"depth":""') as [string, string];
  const bytes = new Uint8Array(depth.buffer, depth.byteOffset, depth.byteLength);
  function* parts() {
    yield `${before}"depth":"`;
    for (const part of partsOf(bytes)) yield Buffer.from(part.buffer, part.byteOffset, part.length).toString('base64');
    yield `"${after}`;
  }
  const around = Buffer.byteLength(before) + Buffer.byteLength(after) + '"depth":""'.length;
  return { length: around + 4 * Math.ceil(bytes.length / 3), parts: parts() };
}

/** NPY of metres. */
export async function encodeMetres({ depth, width, height }: PredictedDepth): Promise<Encoded> {
  return encodeBytes(encodeNpy(depth, { width, height }));
}

/** PNG of 16-bit millimetres; compressed outside of the main thread. */
export async function encodeMillimetres({ depth, width, height }: PredictedDepth): Promise<Encoded> {
  const values = new Uint16Array(depth.length);
  for (const [start, part] of slices(depth)) {
    values.set(depthToMillimetres(part), start);
    await nextTurn();
  }
  return encodeBytes(
    await sharp(values, { raw: { width, height, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer(),
  );
}

/** The smallest and the largest depth; NaN if one is not a number. */
export async function extent(depth: Float32Array): Promise<{ minimum: number; maximum: number }> {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (const [, part] of slices(depth)) {
    for (const metres of part) {
      minimum = Math.min(minimum, metres);
      maximum = Math.max(maximum, metres);
    }
    await nextTurn();
  }
  return { minimum, maximum };
}

/** Values that are computed in one turn of the event loop. */
const TURN = 1_000_000;

function* slices(depth: Float32Array): Generator<[start: number, part: Float32Array]> {
  for (let start = 0; start < depth.length; start += TURN) yield [start, depth.subarray(start, start + TURN)];
}

function* partsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PART_BYTES) yield bytes.subarray(start, start + PART_BYTES);
}
