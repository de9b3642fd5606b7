import { z } from 'zod';

/** What the API takes and answers: Fastify validates and serializes by it, `/openapi.json` shows it, and the page has its types. */

const model = z
  .string()
  .max(200)
  .optional()
  .describe('Id of a model, as listed by GET /api/models. Default: the first one.');
const promptStyle = z.enum(['adaptive', 'fixed', 'scene', 'none']);

export const depthQuery = z.strictObject({
  model,
  flip: z.boolean().default(false).describe('Test-time flip: average with the prediction of the mirrored image.'),
  fov: z
    .number()
    .min(2)
    .max(140)
    .optional()
    .describe(
      'Field of view of the camera across the longer side of the image, in degrees, for models that use it. Default: what the EXIF data of the image say, or 60.',
    ),
  scene: z
    .string()
    .regex(/\S/)
    .max(200)
    .optional()
    .describe('What the image shows, such as kitchen, for prompts of the style scene. Default: unknown.'),
  prompt: promptStyle.optional().describe('Prompt style. Default: the one that the model was trained with.'),
});

export const wordsQuery = z.strictObject({
  model,
  patch: z
    .string()
    .regex(/^[0-9]{1,4},[0-9]{1,4}$/)
    .optional()
    .describe('Only this patch, as row,column from the top left, for example 3,5. Default: all patches.'),
  prototypes: z.int().min(1).max(64).default(5).describe('Prototypes per patch.'),
  words: z.int().min(1).max(20).default(5).describe('Words per prototype.'),
});

const depthUnit = z
  .enum(['metre', 'relative'])
  .describe('relative: inverse depth up to an unknown scale and shift, of some models of others.');

const timings = z
  .object({
    decode: z.number(),
    wait: z.number().describe('for the device'),
    compute: z.number().describe('of the batch that the image was in'),
    total: z.number(),
  })
  .describe('Milliseconds.');

export const depthAnswer = z.object({
  model: z.string(),
  width: z.int(),
  height: z.int(),
  unit: depthUnit,
  depth: z.string().meta({
    format: 'byte',
    description:
      'Base64 of width × height little-endian float32 values in row-major order: depth in metres, or what the unit says.',
  }),
  minimum: z.number(),
  maximum: z.number(),
  promptStyle,
  prompt: z.string().describe('The prompt of the language model.'),
  class: z.string().nullable().describe('The class that the prompt names.'),
  camera: z
    .object({
      fieldOfView: z.number().describe('Across the longer side, in degrees.'),
      source: z.enum(['request', 'EXIF', 'assumed']),
    })
    .nullable()
    .describe('The camera that the metres rest on; null if the model does not know the camera.'),
  batch: z.int().describe('Size of the batch that the image was in.'),
  timings,
});

const attentionSummary = z
  .object({
    verdict: z
      .enum(['informative', 'even', 'same', 'chance'])
      .describe(
        'There is something to see if it is `informative`: patches attend to different prototypes, by more than chance.',
      ),
    sentence: z.string().describe('The verdict with its figures, for readers.'),
    prototypeCount: z.int(),
    fromEven: z.number().describe('How far the attention of a patch is from even, on average, in nats.'),
    fromMean: z.number().describe('How far it is from the mean of all patches.'),
    fromMeanShuffled: z.number().describe('The same with shuffled queries: the largest of 19.'),
    largestTimesEven: z.number().describe('How much the first prototype of a patch gets on average; 1 is even.'),
  })
  .describe('Whether there is something to see in the attention. Where there is not, the lists are noise.');

const patchAttention = z.object({
  prototype: z.int(),
  weight: z.number().describe('Share of the attention of the patch, 0 to 1.'),
  timesEven: z.number().describe('The weight times the number of prototypes: 1 is even attention.'),
  timesMean: z.number().describe('The weight beside its mean over the patches.'),
});

const prototypeWord = z.object({
  word: z.string(),
  similarity: z.number().describe('Cosine.'),
  isClose: z.boolean().describe('Whether random mixtures of words have no word so near.'),
});

export const wordsAnswer = z.object({
  model: z.string(),
  rows: z.int(),
  columns: z.int(),
  attention: attentionSummary,
  patches: z
    .array(z.array(patchAttention))
    .describe('For each patch in row-major order, the prototypes it attends to most, in descending order.'),
  words: z.record(z.string(), z.array(prototypeWord)).describe('The words nearest to each prototype, by its index.'),
  timings,
});

const modelDescription = z.object({
  id: z.string(),
  promptStyle: promptStyle.describe('The prompt style that the model was trained with.'),
  maximumDepth: z.number().describe('metres'),
  about: z
    .string()
    .nullable()
    .describe(
      'What it was trained on, its typical error, and the camera that its metres assume; null if it has no card.',
    ),
  card: z
    .object({
      trainedOn: z.string(),
      typicalError: z
        .object({
          absRel: z.number().describe('Mean of |predicted − true depth| / true depth.'),
          delta1: z.number().describe('Share of pixels that are off by less than a quarter.'),
          on: z
            .enum(['photographs', 'test'])
            .describe('Photographs of other sources, or frames like those of training.'),
          frames: z.int(),
        })
        .nullable()
        .describe('null if none was measured, or the model was calibrated since.'),
    })
    .nullable()
    .describe('The figures of what `about` says.'),
  knowsCamera: z.boolean().describe('Whether its metres follow the field of view.'),
  imageSize: z
    .union([z.int(), z.tuple([z.int(), z.int()])])
    .describe('Height and width of the input of the model, in pixels, or both if they are equal.'),
  prototypeCount: z.int().describe('Text prototypes, to which patches attend.'),
  vision: z.string().nullable().describe('Name of the pretrained vision encoder, or null if the model has its own.'),
  language: z.string().nullable(),
  runsInBrowser: z
    .boolean()
    .describe('Whether its files are all that a browser needs: those of pretrained encoders are on the server too.'),
  files: z
    .array(z.object({ path: z.string(), bytes: z.int() }))
    .describe(
      'What a browser downloads to run it: the files of the model, and below towers/ those of pretrained encoders.',
    ),
});

const otherModelDescription = z.object({
  id: z.string(),
  unit: depthUnit,
  about: z.string().describe('Whose it is: its license, as far as it says, and what it gives.'),
});

export const modelsAnswer = z.object({
  models: z.array(modelDescription),
  others: z.array(otherModelDescription).describe('Models of others to compare with, for POST /api/depth only.'),
  device: z.object({ name: z.string(), hardware: z.string(), library: z.string() }),
  limits: z.object({ bytes: z.int(), pixels: z.int() }),
});

export const healthAnswer = z.object({
  status: z.string(),
  device: z.string(),
  requests: z.int().describe('in progress'),
  waiting: z.int().describe('images that wait for the device'),
  seconds: z.number().describe('since the start'),
});

export type OtherModelDescription = z.infer<typeof otherModelDescription>;
export type ModelDescription = z.infer<typeof modelDescription>;
export type ModelsAnswer = z.infer<typeof modelsAnswer>;
export type DepthAnswer = z.infer<typeof depthAnswer>;
export type WordsAnswer = z.infer<typeof wordsAnswer>;

/** A zod schema as JSON schema, of what a client sends (so defaults are optional) or receives. */
export function jsonSchema(schema: z.ZodType) {
  return z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override({ jsonSchema }) {
      // The bounds that zod gives to every integer say nothing here.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
}

export const error = {
  description: 'What is wrong and how to fix it.',
  ...jsonSchema(z.object({ statusCode: z.int(), error: z.string(), message: z.string() })),
};

/** The other answers of every route that takes an image. */
export const imageErrors = Object.fromEntries(
  [400, 404, 408, 413, 415, 422, 429, 503].map((status) => [status, error]),
);

export const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'application/octet-stream'];
export const UPLOAD_TYPES = [...IMAGE_TYPES, 'multipart/form-data'];

export const binary = { type: 'string', format: 'binary' };

/** The body of a request with an image, for `/openapi.json` only: Fastify does not validate it. */
export function imageBody(types: readonly string[]) {
  const form = { type: 'object', properties: { image: binary }, required: ['image'] };
  return {
    description: 'The image: JPEG, PNG, WebP or AVIF. Its EXIF orientation is applied.',
    content: Object.fromEntries(
      types.map((type) => [type, { schema: type === 'multipart/form-data' ? form : binary }]),
    ),
  };
}
