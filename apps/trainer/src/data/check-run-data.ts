import { checkDepths } from '@llm-mde/rgbd';
import type { TrainingConfiguration } from '../config/schema.js';
import type { OpenDataset } from './open.js';

/**
 * Looks at the depths of a run's frames before its first step.
 *
 * @returns what is odd about them, in sentences.
 * @throws RangeError if there is nothing to learn from, or nothing to compare with.
 */
export async function checkRunData(
  { dataset, ...splits }: OpenDataset,
  { model, evaluation }: TrainingConfiguration,
): Promise<string[]> {
  const { minDepth: minimum, maxDepth } = evaluation;
  const odd: string[] = [];
  for (const split of ['train', 'validation', 'test'] as const) {
    const maximum = split === 'train' ? model.maximumDepth : maxDepth;
    const { problem, warnings } = await checkDepths(dataset, { ids: splits[split], minimum, maximum });
    if (problem !== undefined) {
      const key = split === 'train' ? 'model.maximumDepth' : 'evaluation.maxDepth';
      throw new RangeError(`The frames for ${PURPOSES[split]} cannot be used. ${problem} The range is set by ${key}.`);
    }
    if (split === 'train') odd.push(...warnings);
  }
  return odd;
}

const PURPOSES = { train: 'training', validation: 'validation', test: 'the test' };
