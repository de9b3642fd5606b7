import { sentence } from './sentence.js';

/** The default description of a data set: NYU Depth v2. */
export const NYU_DATASET =
  'NYU Depth v2, photographs of indoor rooms with the depth that a Kinect camera measured, up to 10 metres.';

/**
 * The prompt's first part: what the images are.
 *
 * @param description a sentence, without a label before it. @default NYU_DATASET
 * @throws TypeError if the description is empty.
 */
export function datasetDescription(description: string = NYU_DATASET): string {
  return `Dataset: ${sentence(description, 'dataset')}`;
}
