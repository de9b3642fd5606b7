/**
 * Parts items into batches. An image's place in its batch can change the last digits of its depth (matrix products go by blocks of rows), but
 * its neighbors cannot: so batches are made of the whole list first and then given to machines, and a batch keeps its places when a run is resumed.
 */
export function inBatches<T>(items: readonly T[], batchSize: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / batchSize) }, (_, batch) =>
    items.slice(batch * batchSize, (batch + 1) * batchSize),
  );
}
