import { NYU_DATASET } from './dataset-description.js';
import { betweenMarkers } from './markers.js';
import { sentence } from './sentence.js';
import { NYU_TASK } from './task-description.js';

/**
 * The prompt of the ablation LLM-MDE-B: one text for every image.
 *
 * The paper does not print its fixed prompt. This one follows the order that is known as CO-STAR (context, objective, style,
 * audience, response), names the same data set and task as the adaptive prompt, and is about as long, so that the two differ
 * in what they say about the image and in little else.
 *
 * @param options.dataset what the images are. @default NYU_DATASET
 * @param options.task what the model has to do. @default NYU_TASK
 * @throws TypeError if a description is empty.
 */
export function fixedPrompt({
  dataset = NYU_DATASET,
  task = NYU_TASK,
}: {
  dataset?: string;
  task?: string;
} = {}): string {
  return betweenMarkers([
    `Context: ${sentence(dataset, 'dataset')}`,
    `Objective: ${sentence(task, 'task')}`,
    'Style: exact and consistent.',
    'Audience: a program that reads depth maps.',
    'Response: one distance for each pixel.',
  ]);
}
