/** Whether files can be read and kept here; Deno and Bun count as Node. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined;
}
