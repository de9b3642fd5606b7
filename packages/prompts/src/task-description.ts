import { sentence } from './sentence.js';

/** The default description of the task: metric depth from one image, as for NYU Depth v2. */
export const NYU_TASK = 'estimate from this single image how many metres each pixel is away from the camera.';

/**
 * The prompt's second part: what the model has to do.
 *
 * @param description a sentence, without a label before it. @default NYU_TASK
 * @throws TypeError if the description is empty.
 */
export function taskDescription(description: string = NYU_TASK): string {
  return `Task: ${sentence(description, 'task')}`;
}
