import { ENCODINGS, PAIRINGS } from '@llm-mde/rgbd';
import { type LlmMdeConfiguration, MODULE_NAMES, configurationSchema as modelSchema } from 'llm-mde';
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

const globs = z.union([z.string(), z.array(z.string()).min(1)]);
/** A key of the layout of a folder of images and depth maps, as in its `dataset.yaml`. */
const layoutKey = <T extends z.ZodType>(type: T, what: string) =>
  type.nullable().default(null).describe(`Images and depth maps: ${what}`);

const data = z.strictObject({
  path: z
    .string()
    .nullable()
    .describe('NYU Depth v2 in any published form, or a folder with images and depth; null for rendered rooms'),
  rooms: z
    .strictObject({
      count: positiveInteger,
      width: positiveInteger,
      height: positiveInteger,
      seed,
      variety: z
        .enum(['nyu', 'wide', 'mixed'])
        .optional()
        .describe(
          "NYU Depth v2's rooms and camera, or spaces, cameras and light of many kinds for training on photographs, or both in turn",
        ),
    })
    .describe('The rooms that are rendered where path is null'),
  depth: z
    .enum(['raw', 'filled'])
    .describe('Labeled file and raw dump: depth as measured, or with missing depth filled in'),
  splitBy: z
    .enum(['official', 'scene', 'frame', 'block'])
    .nullable()
    .describe(
      'The official split, or a random split by scene; null for the official split where there is one. "block" splits each scene by blocks of successive ' +
        'frames, as null does where there is one scene only, and "frame" by single frames: test frames then look like training frames, so the scores are optimistic',
    ),
  testFraction: fraction.describe('Approximate fraction of the frames for testing, for a random split'),
  validationFraction: fraction.describe(
    'Approximate fraction of the training frames held out for validation, in whole scenes',
  ),
  splitSeed: seed.describe('Seed of the random split'),
  train: frameIds.nullable().describe('Train on these frames only; null for the whole training split'),
  validation: frameIds.nullable().describe('Validate on these frames; null for scenes held out of training'),
  test: frameIds.nullable().describe('Test on these frames; null for the test split'),
  trainScenes: z.string().nullable().describe('Raw dump: a text file with the training scenes'),
  frameStride: positiveInteger.describe('Raw dump: keep every n-th depth image of a scene'),
  images: layoutKey(globs, 'folder of the images, or globs; null for what their names say'),
  depths: layoutKey(globs, 'folder of the depth maps, or globs; null for what their names say'),
  pairing: layoutKey(z.enum(PAIRINGS), 'how an image and its depth map belong together; null for name'),
  metresPerUnit: layoutKey(
    z.number().positive(),
    'metres that a value of 1 stands for, 0.0002 for TUM RGB-D; null for 0.001 in PNG, 1 in EXR and NPY',
  ),
  invalid: layoutKey(z.array(z.number()), 'stored values that mean missing depth, besides 0; null for 65535 in PNG'),
  encoding: layoutKey(z.enum(ENCODINGS), "sun-rgbd for PNG files with SUN RGB-D's rotated bits; null for plain"),
  exrChannel: layoutKey(z.string(), 'which channel of an EXR file is the depth; null for the first of the usual ones'),
  intrinsics: layoutKey(
    z.union([z.tuple([z.number().positive(), z.number().positive(), z.number(), z.number()]), z.string()]),
    "the camera of all images, fx, fy, cx and cy in their pixels, or the file beside them that states it; null for each image's EXIF data, if it has any",
  ),
  scene: layoutKey(
    z.string(),
    "the scene of all, or a regular expression that finds it in an image's path; null for its folder",
  ),
  depthSize: z
    .tuple([positiveInteger, positiveInteger])
    .nullable()
    .describe('Width and height of the depth maps in training; null for the size of the first frame'),
  onBadFrame: z.enum(['throw', 'skip']).describe('Stop at a frame that cannot be read, or skip it and count it'),
  numWorkers: z.int().min(0).describe('Worker threads that decode frames'),
});

const training = z.strictObject({
  initFrom: z
    .strictObject({
      model: z
        .string()
        .describe('The folder of a run or of a saved model, or "tiny" for the model that comes with llm-mde'),
      modules: z.array(z.enum(MODULE_NAMES)).min(1).describe('Modules to load; the others are initialized randomly'),
    })
    .nullable()
    .describe('Initialize from the weights of a trained model; null for random weights'),
  epochs: positiveInteger,
  batchSize: positiveInteger.describe(
    'Images per step; model.optimization.microBatchSize splits it for gradient accumulation',
  ),
  warmupSteps: z.int().min(0).describe('Steps of linear warm-up of the learning rate, a fifth of all at most'),
  minLearningRate: z.number().min(0).describe('Learning rate at the end of the cosine schedule'),
  earlyStoppingPatience: positiveInteger
    .nullable()
    .describe('Stop after this many epochs without a lower validation loss; null to disable early stopping'),
  augmentation: z
    .strictObject({
      rotation: z.union([z.number().min(0), z.literal(false)]).optional(),
      zoom: z.union([z.number().min(1).max(10), z.literal(false)]).optional(),
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
      photometric: z
        .union([
          z.strictObject({
            probability: z.number().min(0).max(1).optional(),
            exposure: z.number().min(0).optional(),
            whiteBalance: z.number().min(0).optional(),
            contrast: z.number().min(0).optional(),
            saturation: z.number().min(0).optional(),
            noise: z.number().min(0).optional(),
            blur: z.number().min(0).optional(),
            jpegQuality: z.int().min(1).max(100).optional(),
          }),
          z.literal(false),
        ])
        .describe('Strong variation of the colors; {} for its defaults, off if it is left out')
        .optional(),
    })
    .nullable()
    .describe('Data augmentation (see augment and varyPhotometrically of @llm-mde/rgbd); null for none'),
  featureCache: z
    .strictObject({
      variants: positiveInteger
        .default(4)
        .describe('Augmented variants of each frame, which take turns from epoch to epoch; one without augmentation'),
      maxGigabytes: z
        .number()
        .positive()
        .default(10)
        .describe("Size in the run's folder; features that do not fit are computed each time"),
    })
    .nullable()
    .default(null)
    .describe(
      'Compute what a frozen vision tower makes of each frame once, and keep it until the run has ended; {} for the defaults, null for none',
    ),
  seed: seed.describe('Seed of shuffling and augmentation'),
  saveSteps: positiveInteger
    .nullable()
    .describe('Save a checkpoint every n steps; null for the end of each epoch only'),
});

const evaluation = z.strictObject({
  minDepth: z.number().positive(),
  maxDepth: z.number().positive(),
  crop: z.enum(['none', 'eigen', 'garg']),
  alignment: z.enum(['none', 'median', 'depth', 'disparity']),
  testTimeFlip: z.boolean(),
  batchSize: positiveInteger,
});

/** The sections of a training run's configuration besides its model. */
export const RUN_SECTIONS = z.strictObject({ data, training, evaluation });

/** What is held out together: whole scenes, single frames, or blocks of successive frames. */
export type SplitBy = 'scene' | 'frame' | 'block';

export type DataConfiguration = z.infer<typeof data>;
export type EvaluationConfiguration = z.infer<typeof evaluation>;

/** The whole configuration of a training run, as in `configuration.json` of its folder. */
export interface TrainingConfiguration {
  model: LlmMdeConfiguration;
  data: DataConfiguration;
  training: z.infer<typeof training>;
  evaluation: EvaluationConfiguration;
}

/** JSON schema of a run's configuration, for editors and other programs. Every key is optional: presets provide the rest. */
export function configurationSchema(): object {
  const { $schema, properties, ...sections } = z.toJSONSchema(RUN_SECTIONS) as {
    $schema: string;
    properties: Record<string, object>;
  };
  const title = 'Configuration of a training run of LLM-MDE';
  const schema = { $schema, title, ...sections, properties: { model: modelSchema(), ...properties } };
  const withoutRequired = (key: string, value: unknown) =>
    key === 'required' && Array.isArray(value) ? undefined : value;
  return JSON.parse(JSON.stringify(schema, withoutRequired));
}

/** Whether training goes on with a whole model, as `llm-mde train --from` has it. */
export function continuesModel({ training: { initFrom } }: Pick<TrainingConfiguration, 'training'>): boolean {
  return initFrom !== null && MODULE_NAMES.every((name) => initFrom.modules.includes(name));
}
