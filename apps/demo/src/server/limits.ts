/** Limits of one request, of one client and of all requests together. */
export interface Limits {
  /** Size of an uploaded file. */
  bytes: number;
  /** Width times height of an image, checked by its header before it is decoded. */
  pixels: number;
  /** Bytes of all uploads in memory, pixels of all decoded images, and bytes of all answers that are being sent; what comes on top waits. */
  uploadBytes: number;
  decodedPixels: number;
  answerBytes: number;
  /** Concurrent requests, from the first header to the end of the answer: of all clients, and of one address. Further ones are answered 429. */
  requests: number;
  requestsPerClient: number;
  /** Largest batch of the model. */
  batch: number;
  /** Size of the headers of a request, and the time in which they must arrive. */
  headerBytes: number;
  headerMilliseconds: number;
  /** Until the whole upload has arrived; time that it waits for others does not count. */
  uploadMilliseconds: number;
  /** From the headers of a request until its answer begins. */
  answerMilliseconds: number;
  /** A client that takes nothing of its answer for so long is disconnected; the shorter time counts while others wait for the memory. */
  stallMilliseconds: number;
  contendedStallMilliseconds: number;
  /** From the end of the server until open connections are cut off. */
  closeMilliseconds: number;
  /** Interval of the check for slow connections. */
  checkMilliseconds: number;
}

export const DEFAULT_LIMITS: Limits = {
  bytes: 20 * 1024 * 1024,
  pixels: 16_777_216,
  uploadBytes: 128 * 1024 * 1024,
  decodedPixels: 50_331_648,
  answerBytes: 192 * 1024 * 1024,
  requests: 1024,
  requestsPerClient: 512,
  batch: 8,
  headerBytes: 16 * 1024,
  headerMilliseconds: 10_000,
  uploadMilliseconds: 30_000,
  answerMilliseconds: 60_000,
  stallMilliseconds: 10_000,
  contendedStallMilliseconds: 3000,
  closeMilliseconds: 30_000,
  checkMilliseconds: 2000,
};
