import * as z from 'zod/mini';
import { type LlmMdeConfiguration, SCHEMA } from './configuration.js';
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
