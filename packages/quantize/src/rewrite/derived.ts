import type { Content } from '../format/content.js';
import type { Graph } from '../format/graph.js';

/**
 * Contents that are computed together. Of the results all but the first, which is large, are kept until they are read.
 * @param lengths Bytes of each.
 */
export function derived(lengths: readonly number[], compute: () => Promise<readonly ArrayBufferView[]>): Content[] {
  let kept: readonly Uint8Array[] | undefined;
  const run = async () => {
    const results = (await compute()).map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    );
    kept = results.slice(1);
    return results;
  };
  return lengths.map((length, index) => ({
    length,
    read: async () => (index === 0 ? (await run())[0]! : (kept ?? (await run()).slice(1))[index - 1]!),
  }));
}

/** What was created for a graph under a key, or is now. */
export function remembered<T>(byGraph: Map<Graph, Map<string, T>>, graph: Graph, key: string, create: () => T): T {
  const entries = byGraph.get(graph) ?? new Map<string, T>();
  byGraph.set(graph, entries);
  const found = entries.get(key) ?? create();
  entries.set(key, found);
  return found;
}
