export { type BackProjectOptions, backProject, type Points } from './back-project.js';
export {
  type ColourDepthOptions,
  type ColourValuesOptions,
  colourDepth,
  colourValues,
  HOLE_COLOUR,
} from './colour-depth.js';
export { type ColourMapName, colourMaps } from './colour-maps.js';
export { decodeDepthPng, encodeDepthPng } from './formats/depth-png.js';
export { encodeGlb, type GlbOptions } from './formats/glb.js';
export { encodeNpy } from './formats/npy.js';
export { encodePly, type PlyOptions } from './formats/ply.js';
export { encodePng } from './formats/png.js';
export { type Intrinsics, intrinsicsFromFieldOfView, nyuIntrinsics } from './intrinsics.js';
export type { Size } from './size.js';
export { depthSurface, type Surface, type SurfaceOptions } from './surface.js';
