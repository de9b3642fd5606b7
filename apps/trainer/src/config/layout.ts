import type { DataConfiguration } from './schema.js';

/** What the command line says about the layout of a folder of images and depth maps. */
export interface LayoutFlags {
  depthScale?: number;
  depthEncoding?: DataConfiguration['encoding'] & string;
  invalid?: number[];
  intrinsics?: [number, number, number, number] | string;
}

/** These flags as keys of a configuration's section `data`. */
export function layoutOfFlags({
  depthScale,
  depthEncoding,
  invalid,
  intrinsics,
}: LayoutFlags): Partial<DataConfiguration> {
  return {
    ...(depthScale !== undefined && { metresPerUnit: depthScale }),
    ...(depthEncoding !== undefined && { encoding: depthEncoding }),
    ...(invalid !== undefined && { invalid }),
    ...(intrinsics !== undefined && { intrinsics }),
  };
}

/** Nothing is said: the files speak for themselves. */
export const NO_LAYOUT = {
  images: null,
  depths: null,
  pairing: null,
  metresPerUnit: null,
  invalid: null,
  encoding: null,
  exrChannel: null,
  intrinsics: null,
  scene: null,
} satisfies Partial<DataConfiguration>;
