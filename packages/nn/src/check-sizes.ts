/** More than any network has, and few enough to try. */
const LARGEST = 2 ** 24;

/**
 * Refuses sizes that no network has, before anything of that size is made.
 *
 * @param what What has these sizes, for the message.
 * @param sizes By name.
 * @throws if one is not an integer from 1 to 16,777,216 (as `layerCount` from 0 to 1,000).
 */
export function checkSizes(what: string, sizes: Record<string, number>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!(Number.isInteger(size) && size >= (name === 'layerCount' ? 0 : 1))) {
      throw new Error(`${what} expects a positive integer as ${name}, got ${size}.`);
    }
    const largest = name === 'layerCount' ? 1000 : LARGEST;
    if (size > largest) throw new Error(`${what} expects at most ${largest} as ${name}, got ${size}.`);
  }
}
