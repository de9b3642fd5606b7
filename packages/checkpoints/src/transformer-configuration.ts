/** Where each property of a configuration stands in a `config.json`, and what it is where that is silent. */
export type ConfigurationKeys<Configuration> = {
  readonly [Name in keyof Configuration]: readonly [key: string, fallback: NonNullable<Configuration[Name]>];
};

/**
 * Reads the `config.json` of a transformer.
 *
 * @param source Its name, for messages.
 * @throws if a value has another type than its fallback, or the heads do not divide the width.
 */
export function readTransformerConfiguration<Configuration extends { hiddenSize: number; headCount: number }>(
  json: object,
  keys: ConfigurationKeys<Configuration>,
  source: string,
): Configuration {
  const values = json as Record<string, unknown>;
  const configuration = {} as Configuration;
  for (const name of Object.keys(keys) as (keyof Configuration)[]) {
    const [key, fallback] = keys[name]!;
    const value = values[key] ?? fallback;
    if (typeof value !== typeof fallback) {
      throw new Error(`${source}: "${key}" must be a ${typeof fallback}, got ${JSON.stringify(value)}.`);
    }
    configuration[name] = value as Configuration[typeof name];
  }
  const { hiddenSize, headCount } = configuration;
  if (hiddenSize % headCount !== 0) {
    throw new Error(`${source}: hidden_size ${hiddenSize} must be divisible by num_attention_heads ${headCount}.`);
  }
  return configuration;
}

/** The inverse: the values by their keys in a `config.json`. */
export function writeTransformerConfiguration<Configuration>(
  configuration: Configuration,
  keys: ConfigurationKeys<Configuration>,
): Record<string, unknown> {
  const names = Object.keys(keys) as (keyof Configuration)[];
  return Object.fromEntries(names.map((name) => [keys[name]![0], configuration[name] ?? keys[name]![1]]));
}
