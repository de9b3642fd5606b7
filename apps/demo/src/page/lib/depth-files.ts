import {
  type ColormapName,
  colorizeDepth,
  encodeDepthPng,
  encodeGlb,
  encodeNpy,
  encodePly,
  encodePng,
  intrinsicsFromFieldOfView,
} from '@llm-mde/depth-maps';
import { strToU8, type Zippable, zipSync } from 'fflate';
import type { DepthMap } from './geometry.js';

export interface DepthFilesOptions {
  /** RGB of the photo. */
  colors: Uint8Array;
  /** Of the camera, across the longer side in degrees. */
  fieldOfView: number;
  /** Of the colored picture: its metres at the two ends of the colormap. */
  range: readonly [number, number];
  colormap: ColormapName;
}

/** What a format's files end with, after the name of the photo. */
export type DepthFormat = 'color.png' | 'png' | 'npy' | 'ply' | 'glb';

/** The depth in a format. */
export function encodeDepth(
  map: DepthMap,
  format: DepthFormat,
  { colors, fieldOfView, range: [minDepth, maxDepth], colormap }: DepthFilesOptions,
): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
  const { depth, width, height } = map;
  const in3d = { width, height, colors, intrinsics: intrinsicsFromFieldOfView(fieldOfView, map) };
  switch (format) {
    case 'color.png':
      return encodePng(colorizeDepth(depth, { width, height, minDepth, maxDepth, colormap }), map);
    case 'png':
      return encodeDepthPng(depth, map);
    case 'npy':
      return encodeNpy(depth, map);
    case 'ply':
      return encodePly(depth, in3d);
    case 'glb':
      return encodeGlb(depth, in3d);
  }
}

/**
 * Files of several formats in one, with what they are of.
 *
 * @param name Of each, before its ending.
 */
export async function zipDepth(
  map: DepthMap,
  formats: readonly DepthFormat[],
  options: DepthFilesOptions,
  name: string,
  about: Readonly<Record<string, unknown>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const files: Zippable = { [`${name}.json`]: strToU8(`${JSON.stringify(about, undefined, 2)}\n`) };
  for (const format of formats) {
    // Pictures are compressed already.
    const level = /png|glb/.test(format) ? 0 : 3;
    files[`${name}.${format}`] = [await encodeDepth(map, format, options), { level }];
  }
  return Uint8Array.from(zipSync(files));
}
