import { readFileSync } from 'node:fs';
import type { Intrinsics } from '../index.js';

const json = JSON.parse(readFileSync(new URL('../../fixtures/goldens.json', import.meta.url), 'utf8'));
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

/** A small depth map with two missing values, and what tooling/parity/depth-maps-goldens.py made of it. */
export const goldens = {
  size: { width: json.width as number, height: json.height as number },
  intrinsics: json.intrinsics as Intrinsics,
  depth: Float32Array.from(json.depth),
  colors: Uint8Array.from(json.colors),
  npy: bytes(json.npy),
  depthPng: bytes(json.depthPng),
  plyVertices: bytes(json.plyVertices),
  colormaps: {
    turbo: bytes(json.colormaps.turbo),
    viridis: bytes(json.colormaps.viridis),
    magma: bytes(json.colormaps.magma),
  },
};
