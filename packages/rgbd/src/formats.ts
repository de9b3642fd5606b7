// The file formats: each is read, and where this project writes it, written in one place.
export type { Dataset as Hdf5Dataset } from 'h5wasm/node';
export { readExifFocalLength } from './formats/exif.js';
export { readExr } from './formats/exr.js';
export { bytesOf, Hdf5Writer, MemorySink, references } from './formats/hdf5/hdf5-writer.js';
export { badHdf5, type Hdf5File, hasHdf5Signature, openHdf5, openHdf5Bytes } from './formats/hdf5/open-hdf5.js';
export { readTexts } from './formats/hdf5/read-texts.js';
export { openSlices, planSlices, type SlicePlan } from './formats/hdf5/slice-reader.js';
export { type DepthEncoding, type DepthPngOptions, decodeDepthPng, decodeImage, fromSunRgbd } from './formats/image.js';
export { type Location, LocationReader, nameOf } from './formats/location.js';
export { encodeMat5, readMat5 } from './formats/mat5.js';
export { checkedName, problemOfMemberName } from './formats/member-name.js';
export {
  encodePpm,
  encodeRawDepth,
  NO_MEASUREMENT,
  type RawDepthImage,
  readPpm,
  readRawDepth,
} from './formats/netpbm.js';
export { checkPixels } from './formats/pixel-limit.js';
export { readHead } from './formats/read-head.js';
export { indexTar, TAR_END, tarEntry } from './formats/tar.js';
export { writePieces } from './formats/write-pieces.js';
export { indexZip } from './formats/zip.js';
export { loadSharp } from './optional-packages.js';
