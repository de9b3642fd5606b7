import { checkDepths, type DepthCheck } from '@llm-mde/rgbd';
import { continuesModel, type TrainingConfiguration } from '../config/schema.js';
import { plural } from '../output/sentences.js';
import type { OpenDataset } from './open.js';

/** A sentence on frames without a stated camera, for models that give metres by it; none if there are no such frames. */
export function withoutCameraText({
  read,
  withoutCamera,
}: Pick<DepthCheck, 'read' | 'withoutCamera'>): [sentence: string] | [] {
  if (withoutCamera.length === 0) return [];
  return [
    `${withoutCamera.length} of the ${plural(read.length, 'frame')} read state no focal length that can be used, the first is ${withoutCamera[0]}. ` +
      'A field of view of 60° is assumed for such frames: write the right one into their EXIF data as FocalLengthIn35mmFilm.',
  ];
}

/**
 * Looks at the depths of a run's frames before its first step.
 *
 * @returns what is odd about them, in sentences.
 * @throws RangeError if there is nothing to learn from, or nothing to compare with.
 */
export async function checkRunData(
  { dataset, notes = [], ...splits }: OpenDataset,
  { model, evaluation, data, training }: TrainingConfiguration,
): Promise<string[]> {
  const { minDepth: minimum, maxDepth } = evaluation;
  const [odd, read, withoutCamera]: [string[], string[], string[]] = [[...notes], [], []];
  for (const split of ['train', 'validation', 'test'] as const) {
    const maximum = split === 'train' ? model.maximumDepth : maxDepth;
    const { problem, warnings, ...found } = await checkDepths(dataset, { ids: splits[split], minimum, maximum });
    if (problem !== undefined) {
      const key = split === 'train' ? 'model.maximumDepth' : 'evaluation.maxDepth';
      throw new RangeError(`The frames for ${PURPOSES[split]} cannot be used. ${problem} The range is set by ${key}.`);
    }
    if (split === 'train') odd.push(...warnings);
    read.push(...found.read);
    withoutCamera.push(...found.withoutCamera);
  }
  const isBegun = continuesModel({ training });
  if (data.path !== null && splits.train.length < FEW_FRAMES && !isBegun) {
    odd.push(
      `${plural(splits.train.length, 'training frame')} are few for a model that begins untrained: begin from a trained one with --from rooms-small.`,
    );
  }
  return model.camera ? [...odd, ...withoutCameraText({ read, withoutCamera })] : odd;
}

/** With fewer, a trained model's knowledge counts more than what they teach. */
const FEW_FRAMES = 500;

const PURPOSES = { train: 'training', validation: 'validation', test: 'the test' };
