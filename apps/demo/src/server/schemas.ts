/** JSON schemas of what is asked and answered: Fastify checks requests by them, and `/openapi.json` shows them. */

const modelParameter = {
  type: 'string',
  maxLength: 200,
  description: 'Id of a model, as GET /api/models lists them. Without it, the first.',
} as const;

export const depthQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    model: modelParameter,
    flip: { type: 'boolean', default: false, description: 'Predict the mirrored image too and average.' },
    prompt: {
      type: 'string',
      enum: ['adaptive', 'fixed', 'none'],
      description: 'Style of the prompt. Without it, the one that the model was trained with.',
    },
  },
} as const;

export const wordsQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    model: modelParameter,
    patch: {
      type: 'string',
      pattern: '^[0-9]{1,4},[0-9]{1,4}$',
      description: 'One patch only, as row,column from the top left, for example 3,5. Without it, all.',
    },
    prototypes: { type: 'integer', minimum: 1, maximum: 64, default: 5, description: 'Prototypes for each patch.' },
    words: { type: 'integer', minimum: 1, maximum: 20, default: 5, description: 'Words for each prototype.' },
  },
} as const;

export const error = {
  description: 'What was wrong, and what to do.',
  type: 'object',
  properties: { statusCode: { type: 'integer' }, error: { type: 'string' }, message: { type: 'string' } },
} as const;

/** The answers that any route with an image can give instead. */
export const imageErrors = Object.fromEntries(
  [400, 404, 408, 413, 415, 422, 429, 503].map((status) => [status, error]),
);

const timings = {
  type: 'object',
  description: 'Milliseconds.',
  properties: {
    decode: { type: 'number' },
    wait: { type: 'number', description: 'for the device' },
    compute: { type: 'number', description: 'of the batch that the image was in' },
    total: { type: 'number' },
  },
} as const;

export const depthAnswer = {
  type: 'object',
  properties: {
    model: { type: 'string' },
    width: { type: 'integer' },
    height: { type: 'integer' },
    unit: { type: 'string', const: 'metre' },
    depth: {
      type: 'string',
      format: 'byte',
      description: 'Base64 of width × height float32, low byte first, row by row from the top left: metres.',
    },
    minimum: { type: 'number' },
    maximum: { type: 'number' },
    promptStyle: { type: 'string' },
    prompt: { type: 'string', description: 'What the language model read.' },
    class: { type: ['string', 'null'], description: 'The class that the prompt names.' },
    batch: { type: 'integer', description: 'How many images were computed together.' },
    timings,
  },
} as const;

export const wordsAnswer = {
  type: 'object',
  properties: {
    model: { type: 'string' },
    rows: { type: 'integer' },
    columns: { type: 'integer' },
    patches: {
      type: 'array',
      description: 'For each patch, row by row, the prototypes that it attends to most.',
      items: {
        type: 'array',
        items: { type: 'object', properties: { prototype: { type: 'integer' }, weight: { type: 'number' } } },
      },
    },
    words: {
      type: 'object',
      description: 'The words nearest to each prototype, by its number.',
      additionalProperties: {
        type: 'array',
        items: { type: 'object', properties: { word: { type: 'string' }, similarity: { type: 'number' } } },
      },
    },
    timings,
  },
} as const;

export const modelsAnswer = {
  type: 'object',
  properties: {
    models: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          promptStyle: { type: 'string' },
          maximumDepth: { type: 'number', description: 'metres' },
          imageSize: { type: 'integer', description: 'Pixels on each side of what the model looks at.' },
          vision: { type: ['string', 'null'], description: 'The pretrained tower, or null for one of its own.' },
          language: { type: ['string', 'null'] },
          runsInBrowser: { type: 'boolean' },
          files: {
            type: 'array',
            items: { type: 'object', properties: { path: { type: 'string' }, bytes: { type: 'integer' } } },
          },
        },
      },
    },
    device: {
      type: 'object',
      properties: { name: { type: 'string' }, hardware: { type: 'string' }, library: { type: 'string' } },
    },
    limits: { type: 'object', properties: { bytes: { type: 'integer' }, pixels: { type: 'integer' } } },
  },
} as const;

export const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'application/octet-stream'];
export const UPLOAD_TYPES = [...IMAGE_TYPES, 'multipart/form-data'];

export const binary = { type: 'string', format: 'binary' } as const;

/** The body of a request with an image, for the description: nothing is checked by it. */
export function imageBody(types: readonly string[]) {
  const form = { type: 'object', properties: { image: binary }, required: ['image'] };
  return {
    description: 'The image: JPEG, PNG, WebP or AVIF. Its EXIF orientation is respected.',
    content: Object.fromEntries(
      types.map((type) => [type, { schema: type === 'multipart/form-data' ? form : binary }]),
    ),
  };
}
