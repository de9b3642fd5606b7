import { readFileSync } from 'node:fs';
import type { Intrinsics } from '../index.js';

const json = JSON.parse(readFileSync(new URL('../../fixtures/goldens.json', import.meta.url), 'utf8'));
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

/** A small depth map with two holes, and what tooling/parity/depth-maps-goldens.py made of it. */
export const goldens = {
  size: { width: json.width as number, height: json.height as number },
  intrinsics: json.intrinsics as Intrinsics,
  depth: Float32Array.from(json.depth),
  colours: Uint8Array.from(json.colours),
  npy: bytes(json.npy),
  depthPng: bytes(json.depthPng),
  plyVertices: bytes(json.plyVertices),
  colourMaps: {
    turbo: bytes(json.colourMaps.turbo),
    viridis: bytes(json.colourMaps.viridis),
    magma: bytes(json.colourMaps.magma),
  },
};
