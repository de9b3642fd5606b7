export { type ExifFocalLength, exifFocalLength, exifOfJpeg } from './camera/exif.js';
export {
  cameraFor,
  checkFieldOfView,
  fieldOfViewOf,
  focalLengthFrom35mm,
  type Intrinsics,
  intrinsicsFromFieldOfView,
  intrinsicsFromFocalLength,
  type KnownCamera,
  nyuIntrinsics,
  pinholeOf,
  resizeIntrinsics,
} from './camera/intrinsics.js';
export { type Camera, depthToDisparity, disparityToDepth, KINECT, scaledCamera } from './camera/kinect.js';
export {
  type ApplyColormapOptions,
  applyColormap,
  type ColorizeDepthOptions,
  colorizeDepth,
  INVALID_COLOR,
} from './colorize-depth.js';
export { type ColormapName, colormaps } from './colormaps.js';
export { depthAround } from './depth-around.js';
export { DepthSmoother, type DepthSmootherOptions, flickerBetween } from './depth-smoother.js';
export { type BackProjectOptions, depthToPointCloud, type Points, strideOf } from './depth-to-point-cloud.js';
export { decodeDepthPng, depthToMillimetres, encodeDepthPng } from './formats/depth-png.js';
export { encodeGlb, type GlbOptions } from './formats/glb.js';
export { decodeNpy, encodeNpy, type NpyArray } from './formats/npy.js';
export { type NumberType, readNumbers } from './formats/numbers.js';
export { encodePly, type PlyOptions } from './formats/ply.js';
export { encodePng } from './formats/png.js';
export type { Size } from './size.js';
export { depthToMesh, type Surface, type SurfaceOptions } from './surface.js';
