import { type LlmMdeConfiguration, MODULE_NAMES } from 'llm-mde';
import { z } from 'zod';

const fraction = z.number().gt(0).lt(1);
const positiveInteger = z.int().positive();
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const range = z.tuple([z.number(), z.number()]);
/** A text file with a frame id on each line, or the ids themselves. */
const frameIds = z.union([z.string(), z.array(z.string()).min(1)]);

const data = z.strictObject({
  path: z
    .string()
    .nullable()
    .describe('NYU Depth v2 in any published form, or a folder with images and depth; null for rendered rooms'),
  rooms: z
    .strictObject({ count: positiveInteger, width: positiveInteger, height: positiveInteger, seed })
    .describe('The rooms that are rendered where path is null'),
  depth: z.enum(['raw', 'filled']).describe('Labeled file and raw dump: depth with holes, or with its holes filled'),
  split: z
    .enum(['published', 'scenes', 'frames'])
    .nullable()
    .describe(
      'The published split, or whole scenes drawn for testing; null for the first where there is one. "frames" draws single frames, for data of one ' +
        'scene: they look like those of training, so the figures flatter',
    ),
  testFraction: fraction.describe('About which share of the frames is for testing where they are drawn'),
  validationFraction: fraction.describe('About which share of the training frames is held out, in whole scenes'),
  splitSeed: seed.describe('Decides which scenes, or frames, are held out'),
  train: frameIds.nullable().describe('Train on these frames only; null for all of the training part'),
  validation: frameIds.nullable().describe('Validate on these frames; null for scenes held out of training'),
  test: frameIds.nullable().describe('Test on these frames; null for the test part'),
  trainScenes: z.string().nullable().describe('Raw dump: a text file with the training scenes'),
  every: positiveInteger.describe('Raw dump: take each so many-th depth image of a scene'),
  depthSize: z
    .tuple([positiveInteger, positiveInteger])
    .nullable()
    .describe('Width and height of the depth maps in training; null for those of the first frame'),
  onBadFrame: z.enum(['throw', 'skip']).describe('Stop at a broken frame, or leave it out and count it'),
  workers: z.int().min(0).describe('Threads that decode frames'),
});

const training = z.strictObject({
  initFrom: z
    .strictObject({
      model: z.string().describe('The folder of a run or of a saved model, or "tiny" for what comes with the trainer'),
      modules: z
        .array(z.enum(MODULE_NAMES))
        .min(1)
        .describe('Which of its modules; the others start with random values'),
    })
    .nullable()
    .describe('Begin with the weights of a model that was trained before; null for random values'),
  epochs: positiveInteger,
  batchSize: positiveInteger.describe('Images in a step; model.optimization.microBatchSize computes it in parts'),
  warmupSteps: z.int().min(0).describe('Steps in which the learning rate rises to its full value'),
  minLearningRate: z.number().min(0).describe('Where the cosine ends'),
  earlyStoppingPatience: positiveInteger
    .nullable()
    .describe('Stop after so many epochs without a better validation loss; null for never'),
  augmentation: z
    .strictObject({
      rotation: z.union([z.number().min(0), z.literal(false)]).optional(),
      crop: z.union([z.strictObject({ width: positiveInteger, height: positiveInteger }), z.literal(false)]).optional(),
      flip: z.union([z.number().min(0).max(1), z.literal(false)]).optional(),
      color: z
        .union([
          z.strictObject({
            probability: z.number().min(0).max(1).optional(),
            gamma: range.optional(),
            brightness: range.optional(),
            channel: range.optional(),
          }),
          z.literal(false),
        ])
        .optional(),
    })
    .nullable()
    .describe('How frames are varied (see augment of @llm-mde/nyu); null for not at all'),
  seed: seed.describe('Decides the order of the frames and their variation'),
  saveSteps: positiveInteger.nullable().describe('Save within an epoch too; null for at its end only'),
});

const evaluation = z.strictObject({
  minDepth: z.number().positive(),
  maxDepth: z.number().positive(),
  crop: z.enum(['none', 'eigen', 'garg']),
  alignment: z.enum(['none', 'median', 'depth', 'disparity']),
  testTimeFlip: z.boolean(),
  batchSize: positiveInteger,
});

/** What a training run needs besides its model. */
export const RUN_SECTIONS = z.strictObject({ data, training, evaluation });

export type DataConfiguration = z.infer<typeof data>;
export type EvaluationConfiguration = z.infer<typeof evaluation>;

/** Everything that decides a training run, as `configuration.json` of its folder has it. */
export interface TrainingConfiguration {
  model: LlmMdeConfiguration;
  data: DataConfiguration;
  training: z.infer<typeof training>;
  evaluation: EvaluationConfiguration;
}
