/** Limits of one request and of all requests together. */
export interface Limits {
  /** Size of an uploaded file. */
  bytes: number;
  /** Width times height of an image, checked by its header before it is decoded. */
  pixels: number;
  /** Pixels of all images that are decoded at one time; further images wait before they are decoded. */
  decodedPixels: number;
  /** Concurrent requests, from upload to answer; further ones are answered 429 before their body is read. */
  requests: number;
  /** Largest batch of the model. */
  batch: number;
  /** Size of the headers of a request, and the time in which they must arrive. */
  headerBytes: number;
  headerMilliseconds: number;
  /** Until the whole request has arrived. */
  uploadMilliseconds: number;
  /** From then until its answer. */
  answerMilliseconds: number;
  /** Interval of the check for slow connections. */
  checkMilliseconds: number;
}

export const DEFAULT_LIMITS: Limits = {
  bytes: 20 * 1024 * 1024,
  pixels: 16_777_216,
  decodedPixels: 50_331_648,
  requests: 128,
  batch: 8,
  headerBytes: 16 * 1024,
  headerMilliseconds: 10_000,
  uploadMilliseconds: 30_000,
  answerMilliseconds: 60_000,
  checkMilliseconds: 2000,
};
