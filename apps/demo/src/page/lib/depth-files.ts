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

export interface DepthFile {
  /** What the name of the photo is followed by. */
  ending: string;
  what: string;
  note: string;
  type: string;
  make(): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
}

/** The depth in each format, encoded when it is asked for. */
export function depthFiles(map: DepthMap, options: DepthFilesOptions): DepthFile[] {
  const { colors, fieldOfView } = options;
  const { depth, width, height } = map;
  const in3d = { width, height, colors, intrinsics: intrinsicsFromFieldOfView(fieldOfView, map) };
  return [
    {
      ending: '-depth-color.png',
      what: 'Color PNG',
      note: 'as shown',
      type: 'image/png',
      make: () => coloredPng(map, options),
    },
    {
      ending: '-depth.png',
      what: '16-bit PNG',
      note: 'millimetres',
      type: 'image/png',
      make: () => encodeDepthPng(depth, map),
    },
    {
      ending: '-depth.npy',
      what: 'NPY',
      note: 'float32 metres',
      type: 'application/octet-stream',
      make: () => encodeNpy(depth, map),
    },
    {
      ending: '-depth.ply',
      what: 'PLY',
      note: 'point cloud',
      type: 'application/octet-stream',
      make: () => encodePly(depth, in3d),
    },
    {
      ending: '-depth.glb',
      what: 'GLB',
      note: 'mesh',
      type: 'model/gltf-binary',
      make: () => encodeGlb(depth, in3d),
    },
  ];
}

/** The picture that the page shows. */
export function coloredPng(
  { depth, width, height }: DepthMap,
  { range: [minDepth, maxDepth], colormap }: Pick<DepthFilesOptions, 'range' | 'colormap'>,
): Uint8Array<ArrayBuffer> {
  const rgb = colorizeDepth(depth, { width, height, minDepth, maxDepth, colormap });
  return encodePng(rgb, { width, height });
}

/** All files in one, with what they are of. */
export async function zipped(
  name: string,
  files: readonly DepthFile[],
  about: Readonly<Record<string, unknown>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const contents = await Promise.all(files.map(async (file) => [file, await file.make()] as const));
  const { strToU8, zipSync } = await import('fflate');
  const entries = contents.map(([{ ending }, bytes]) => {
    // Pictures are compressed already.
    const level = /png|glb/.test(ending) ? 0 : 3;
    return [`${name}${ending}`, [bytes, { level }]] as const;
  });
  const json = strToU8(`${JSON.stringify(about, undefined, 2)}\n`);
  return Uint8Array.from(zipSync({ ...Object.fromEntries(entries), [`${name}-depth.json`]: json } as never));
}
