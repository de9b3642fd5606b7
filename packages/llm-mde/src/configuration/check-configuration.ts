import type { BertConfiguration } from '@llm-mde/language-model';
import type { VisionEncoderConfiguration } from '@llm-mde/vision-encoder';
import * as z from 'zod/mini';
import type { LlmMdeConfiguration } from './configuration.js';
import { ConfigurationError } from './configuration-error.js';

/**
 * Checks a configuration, such as one that was read from a file, key by key.
 *
 * @param source Where it came from, for messages. @default 'The configuration'
 * @throws {ConfigurationError} that names the first key that is wrong.
 */
export function checkConfiguration(value: unknown, source = 'The configuration'): LlmMdeConfiguration {
  const result = z.safeParse(SCHEMA, value);
  // Not its copy, whose keys have another order.
  if (result.success) return value as LlmMdeConfiguration;
  const { path, message, ...issue } = result.error.issues[0]!;
  const key = path.map(String);
  if (key.length === 0 && issue.code !== 'unrecognized_keys') {
    throw new ConfigurationError(`${source} should be an object.`);
  }
  if (issue.code === 'unrecognized_keys') {
    throw new ConfigurationError(`${source}: there is no key "${[...key, issue.keys[0]].join('.')}"; ${message}.`);
  }
  const found = key.reduce<unknown>((section, name) => (section as Record<string, unknown> | undefined)?.[name], value);
  throw new ConfigurationError(`${source}: "${key.join('.')}" is ${JSON.stringify(found)}, but should be ${message}.`);
}

/** JSON schema of a configuration. */
export function configurationSchema(): object {
  const { $schema: _, ...schema } = z.toJSONSchema(SCHEMA);
  return schema;
}

/** An object without other keys. The error messages of the rules below say what a value should be. */
function section<Shape extends z.core.$ZodShape>(shape: Shape, expected = 'an object') {
  const known = `known keys are ${Object.keys(shape).join(', ')}`;
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? known : expected) });
}

const count = (expected = 'a positive integer') => z.int(expected).check(z.positive(expected));
const positive = (expected = 'a positive number') => z.number(expected).check(z.positive(expected));
const text = (expected = 'a non-empty string') => z.string(expected).check(z.regex(/\S/, expected));
const boolean = () => z.boolean('true or false');
const list = <Item extends z.core.$ZodType>(item: Item, expected: string) =>
  z.array(item, expected).check(z.minLength(1, expected));
const notNegative = z.number('a number of at least 0').check(z.gte(0, 'a number of at least 0'));
const probability = z.number('in [0, 1)').check(z.gte(0, 'in [0, 1)'), z.lt(1, 'in [0, 1)'));
const oneOf = <const Names extends readonly string[]>(...names: Names) =>
  z.enum(names, `one of ${names.map((name) => `"${name}"`).join(', ')}`);

const lora = z.nullable(
  section(
    {
      rank: count(),
      alpha: positive(),
      dropout: probability,
      targetModules: z.optional(list(text(), 'a list of strings')),
      rankStabilized: z.optional(boolean()),
    },
    'an object, or null',
  ),
);

const tower = <Configuration>() => ({
  pretrained: z.nullable(text('a non-empty string, or null')),
  revision: z.optional(text()),
  /** The tower checks its keys. */
  configuration: z.optional(z.looseObject({}, 'an object') as unknown as z.ZodMiniType<Configuration>),
  lora,
  fullFineTuning: z.optional(boolean()),
});

const hasWeights = z.refine<{ pretrained: string | null; configuration?: unknown }>(
  ({ pretrained, configuration }) => pretrained !== null || configuration !== undefined,
  { path: ['configuration'], error: 'given if "pretrained" is null' },
);

const seed = 'an integer from 0 to 4294967295';

const SCHEMA: z.ZodMiniType<LlmMdeConfiguration> = section({
  vision: section(tower<VisionEncoderConfiguration>()).check(hasWeights),
  language: section({
    ...tower<BertConfiguration>(),
    mode: oneOf('present', 'random', 'absent'),
    layerCount: z.optional(count()),
  }).check(hasWeights),
  reprogramming: section({
    prototypeCount: count(),
    headCount: count(),
    headFeatures: z.optional(count()),
    dropout: probability,
  }),
  prompt: section({
    style: oneOf('adaptive', 'fixed', 'none'),
    dataset: z.optional(text()),
    task: z.optional(text()),
    multipleOf: z.optional(count()),
  }),
  head: section({
    projectedChannels: count(),
    channels: list(count(), 'a list of positive integers'),
    imageSkip: boolean(),
  }),
  maximumDepth: positive(),
  imageSize: count(),
  loss: section({
    lambda: z.optional(z.number('in [0, 1]').check(z.gte(0, 'in [0, 1]'), z.lte(1, 'in [0, 1]'))),
    form: z.optional(oneOf('squared', 'root')),
  }),
  optimization: section({
    learningRate: notNegative,
    weightDecay: notNegative,
    maximumGradientNorm: z.nullable(positive('a positive number, or null')),
    microBatchSize: z.nullable(count('a positive integer, or null')),
    gradientCheckpointing: boolean(),
  }),
  seed: z.int(seed).check(z.gte(0, seed), z.lte(2 ** 32 - 1, seed)),
});
