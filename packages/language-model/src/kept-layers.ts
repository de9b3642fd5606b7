/**
 * How many layers are kept of a checkpoint.
 *
 * @param wanted @default all
 * @throws if it has fewer.
 */
export function keptLayers(wanted: number | undefined, all: number): number {
  if (wanted === undefined) return all;
  if (Number.isInteger(wanted) && wanted >= 0 && wanted <= all) return wanted;
  throw new Error(`layerCount must be an integer from 0 to ${all}, the layers of this checkpoint, got ${wanted}.`);
}
