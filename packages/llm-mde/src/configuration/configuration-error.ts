/** Thrown where a configuration cannot be built: the message names the key, what it is, and what it should be. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}
