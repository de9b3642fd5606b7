import type { LlmMdeConfiguration } from './configuration.js';
import { ConfigurationError } from './configuration-error.js';

/**
 * Checks a configuration, such as one that was read from a file, key by key.
 *
 * @param source Where it came from, for messages. @default 'The configuration'
 * @throws {ConfigurationError} that names the first key that is wrong.
 */
export function checkConfiguration(value: unknown, source = 'The configuration'): LlmMdeConfiguration {
  const fail = (key: string, found: unknown, expected: string): never => {
    throw new ConfigurationError(`${source}: "${key}" is ${JSON.stringify(found)}, but should be ${expected}.`);
  };
  if (!isObject(value)) throw new ConfigurationError(`${source} should be an object.`);
  const checkKeys = (object: Record<string, unknown>, path: string, rules: Record<string, Rule>) => {
    for (const key of Object.keys(object)) {
      if (!Object.hasOwn(rules, key)) {
        const known = Object.keys(rules).join(', ');
        throw new ConfigurationError(`${source}: there is no key "${join(path, key)}"; known keys are ${known}.`);
      }
    }
    for (const [key, rule] of Object.entries(rules)) {
      const found = object[key];
      if (found === undefined && rule.optional) continue;
      if (!rule.accepts(found)) fail(join(path, key), found, rule.expected);
      if (rule.keys && isObject(found)) checkKeys(found, join(path, key), rule.keys);
    }
  };
  checkKeys(value, '', RULES);
  const configuration = value as unknown as LlmMdeConfiguration;
  for (const tower of ['vision', 'language'] as const) {
    if (configuration[tower].pretrained === null && !configuration[tower].configuration) {
      fail(`${tower}.configuration`, undefined, 'given where "pretrained" is null');
    }
  }
  return configuration;
}

/** JSON schema of a configuration. */
export function configurationSchema(): object {
  return section(RULES).schema;
}

interface Rule {
  expected: string;
  accepts(value: unknown): boolean;
  /** The same as JSON schema. */
  schema: object;
  optional?: boolean;
  keys?: Record<string, Rule>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const join = (path: string, key: string) => (path === '' ? key : `${path}.${key}`);

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const positive: Rule = {
  expected: 'a positive number',
  accepts: (value) => isNumber(value) && value > 0,
  schema: { type: 'number', exclusiveMinimum: 0 },
};
const notNegative: Rule = {
  expected: 'a number from 0',
  accepts: (value) => isNumber(value) && value >= 0,
  schema: { type: 'number', minimum: 0 },
};
const probability: Rule = {
  expected: 'in [0, 1)',
  accepts: (value) => isNumber(value) && value >= 0 && value < 1,
  schema: { type: 'number', minimum: 0, exclusiveMaximum: 1 },
};
const count: Rule = {
  expected: 'a positive whole number',
  accepts: isCount,
  schema: { type: 'integer', minimum: 1 },
};
const boolean: Rule = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
  schema: { type: 'boolean' },
};
const text: Rule = {
  expected: 'a text',
  accepts: (value) => typeof value === 'string' && value.trim() !== '',
  schema: { type: 'string', pattern: '\\S' },
};
const texts: Rule = {
  expected: 'a list of texts',
  accepts: (value) => Array.isArray(value) && value.length > 0 && value.every((item) => text.accepts(item)),
  schema: { type: 'array', items: text.schema, minItems: 1 },
};
const anyObject: Rule = { expected: 'an object', accepts: isObject, schema: { type: 'object' } };

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0;
}

function optional(rule: Rule): Rule {
  return { ...rule, optional: true };
}

function orNull(rule: Rule): Rule {
  return {
    ...rule,
    expected: `${rule.expected}, or null`,
    accepts: (value) => value === null || rule.accepts(value),
    schema: { anyOf: [rule.schema, { type: 'null' }] },
  };
}

function oneOf(...names: string[]): Rule {
  return {
    expected: `one of ${names.map((name) => `"${name}"`).join(', ')}`,
    accepts: (value) => names.includes(value as string),
    schema: { enum: names },
  };
}

function section(keys: Record<string, Rule>): Rule {
  const schema = {
    type: 'object',
    properties: Object.fromEntries(Object.entries(keys).map(([key, rule]) => [key, rule.schema])),
    required: Object.keys(keys).filter((key) => !keys[key]!.optional),
    additionalProperties: false,
  };
  return { ...anyObject, keys, schema };
}

const lora = orNull(
  section({
    rank: count,
    alpha: positive,
    dropout: probability,
    targetModules: optional(texts),
    rankStabilized: optional(boolean),
  }),
);
const tower = {
  pretrained: orNull(text),
  revision: optional(text),
  configuration: optional(anyObject),
  lora,
  fullFineTuning: optional(boolean),
};

const RULES: Record<string, Rule> = {
  vision: section(tower),
  language: section({ ...tower, mode: oneOf('present', 'random', 'absent'), layerCount: optional(count) }),
  reprogramming: section({
    prototypeCount: count,
    headCount: count,
    headFeatures: optional(count),
    dropout: probability,
  }),
  prompt: section({
    style: oneOf('adaptive', 'fixed', 'none'),
    dataset: optional(text),
    task: optional(text),
    multipleOf: optional(count),
  }),
  head: section({
    projectedChannels: count,
    channels: {
      expected: 'a list of positive whole numbers',
      accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(isCount),
      schema: { type: 'array', items: count.schema, minItems: 1 },
    },
    imageSkip: boolean,
  }),
  maximumDepth: positive,
  imageSize: count,
  loss: section({
    lambda: optional({
      expected: 'in [0, 1]',
      accepts: (value) => isNumber(value) && value >= 0 && value <= 1,
      schema: { type: 'number', minimum: 0, maximum: 1 },
    }),
    form: optional(oneOf('squared', 'root')),
  }),
  optimization: section({
    learningRate: notNegative,
    weightDecay: notNegative,
    maximumGradientNorm: orNull(positive),
    microBatchSize: orNull(count),
    gradientCheckpointing: boolean,
  }),
  seed: {
    expected: 'a whole number from 0 to 4294967295',
    accepts: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32,
    schema: { type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 },
  },
};
