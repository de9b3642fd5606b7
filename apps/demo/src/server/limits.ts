/** What one request, and all of them together, may cost. */
export interface Limits {
  /** Size of an uploaded file. */
  bytes: number;
  /** Width times height of an image, as its header says: it is checked before anything is decoded. */
  pixels: number;
  /** Pixels of all images that are decoded at one time; others wait with decoding. */
  decodedPixels: number;
  /** Requests that are uploading, waiting or being computed; the next one is answered 429 before its body is read. */
  requests: number;
  /** Images that the model looks at in one go. */
  batch: number;
  /** For the headers of a request. */
  headerBytes: number;
  headerMilliseconds: number;
  /** For a whole request to arrive. */
  uploadMilliseconds: number;
  /** From then to its answer. */
  answerMilliseconds: number;
  /** How often slow connections are looked for. */
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
