export { ImagePreprocessor, type PixelValues } from './image-preprocessor.js';
export {
  type ImagePreprocessorConfiguration,
  type PreprocessorSize,
  readPreprocessorConfiguration,
  writePreprocessorConfiguration,
} from './preprocessor-configuration.js';
export { type RawImage, toRgb } from './raw-image.js';
export { type ResamplingFilter, type ResizeOptions, resizeImage } from './resize-image.js';
