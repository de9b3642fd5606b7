import type { LlmMdeConfiguration } from './configuration.js';

/** Height and width that images are resized to, in pixels; the other way round where `isTurned` says so. */
export function inputSize({ imageSize }: Pick<LlmMdeConfiguration, 'imageSize'>): [height: number, width: number] {
  return typeof imageSize === 'number' ? [imageSize, imageSize] : [...imageSize];
}

/**
 * Whether an image is upright and the configured size is wide, or the other way round: the network then takes the size turned by a quarter, with as
 * many patches, so that the image keeps its shape.
 */
export function isTurned(
  configuration: Pick<LlmMdeConfiguration, 'imageSize'>,
  image: { width: number; height: number },
): boolean {
  const [height, width] = inputSize(configuration);
  return (image.height - image.width) * (height - width) < 0;
}
