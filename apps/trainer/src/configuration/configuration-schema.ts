import { configurationSchema as modelSchema } from 'llm-mde';
import { z } from 'zod';
import { RUN_SECTIONS } from './training-configuration.js';

/** JSON schema of a run's configuration, for editors and other programs. Every key is optional in a file: presets fill in the rest. */
export function configurationSchema(): object {
  const { $schema, properties, ...sections } = z.toJSONSchema(RUN_SECTIONS) as {
    $schema: string;
    properties: Record<string, object>;
  };
  return optional({
    $schema,
    title: 'Configuration of a training run of LLM-MDE',
    ...sections,
    properties: { model: modelSchema(), ...properties },
  });
}

function optional(value: unknown): object {
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'object' && item !== null ? optional(item) : item));
  const entries = Object.entries(value as object).filter(([key, inner]) => key !== 'required' || !Array.isArray(inner));
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, typeof inner === 'object' && inner !== null ? optional(inner) : inner]),
  );
}
