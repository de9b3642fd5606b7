import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Limits } from './limits.js';
import { Refusal } from './refusal.js';
import { IMAGE_TYPES } from './schemas.js';

/** Lets an image come as the body itself or as a file of a form; either stays in memory. */
export async function acceptUploads(app: FastifyInstance, { bytes }: Pick<Limits, 'bytes'>): Promise<void> {
  app.addContentTypeParser(
    IMAGE_TYPES,
    { parseAs: 'buffer', bodyLimit: bytes },
    async (_request: unknown, body: Buffer) => body,
  );
  await app.register(multipart, {
    limits: { fileSize: bytes, files: 1, parts: 4, fields: 3, fieldSize: 1024, fieldNameSize: 100, headerPairs: 20 },
  });
}

/** @throws {Refusal} if there is no image in the request. */
export async function readUpload(request: FastifyRequest): Promise<Uint8Array> {
  if (request.isMultipart()) {
    const file = await readForm(request);
    if (!file) throw new Refusal(400, 'The form has no file: send the image as a field of the kind file.');
    return file;
  }
  if (Buffer.isBuffer(request.body)) return request.body;
  throw new Refusal(415, `Send the image as the body, with a Content-Type of ${IMAGE_TYPES.join(', ')}, or as a form.`);
}

/** The first file of a form, in memory. */
async function readForm(request: FastifyRequest): Promise<Buffer | undefined> {
  try {
    const file = await request.file();
    return await file?.toBuffer();
  } catch (error) {
    // The parser's own errors about broken forms have no status; those about its limits do.
    if ((error as { statusCode?: number }).statusCode !== undefined) throw error;
    throw new Refusal(400, `The form is broken: ${(error as Error).message}.`);
  }
}
