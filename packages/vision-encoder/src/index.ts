export {
  readVisionEncoderConfiguration,
  type VisionEncoderConfiguration,
  writeVisionEncoderConfiguration,
} from './configuration.js';
export { interpolatePositionEmbeddings } from './position-embeddings.js';
export * from './preprocess/index.js';
export { TransformerBlock } from './transformer-block.js';
export {
  VisionEncoder,
  type VisionEncoderForwardOptions,
  type VisionEncoderOptions,
  type VisionEncoderOutput,
} from './vision-encoder.js';
