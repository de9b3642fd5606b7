import type { RawImage } from './raw-image.js';

/** An image file: its path or its address, or its content. Text is an address if it begins with its protocol, in a browser always. */
export type ImageFile = string | URL | Uint8Array | ArrayBuffer | Blob;

/** An instance of a class that browsers have; nothing in programs whose TypeScript knows no browser. */
type OfBrowser<Name extends string> =
  typeof globalThis extends Record<Name, { prototype: infer Instance }> ? Instance : never;

/** What shows an image in a page: an element, a canvas, or a frame of a video. */
export type PageImage =
  | OfBrowser<'HTMLImageElement'>
  | OfBrowser<'HTMLCanvasElement'>
  | OfBrowser<'HTMLVideoElement'>
  | OfBrowser<'OffscreenCanvas'>
  | OfBrowser<'ImageBitmap'>
  | OfBrowser<'VideoFrame'>;

/** An image and what may tell more of it. */
export interface DecodedPhoto {
  image: RawImage;
  /** The EXIF data of its file, in Node. */
  exif: Uint8Array | undefined;
  /** The content of its file, in a browser. */
  file: Uint8Array | undefined;
}

/** The content of an address. @throws if the server does not give it. */
export async function fetchContent(address: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}
