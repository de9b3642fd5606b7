import type { LlmMdeConfiguration } from './configuration.js';

/** Height and width that images are resized to, in pixels. */
export function inputSize({ imageSize }: Pick<LlmMdeConfiguration, 'imageSize'>): [height: number, width: number] {
  return typeof imageSize === 'number' ? [imageSize, imageSize] : [...imageSize];
}
