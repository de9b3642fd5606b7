import type { ByteSource } from '../safetensors/byte-source.js';

/** Passes reads on and writes them down. */
export function countingSource(source: ByteSource): ByteSource & { reads: number[] } {
  const reads: number[] = [];
  return {
    reads,
    size: source.size,
    close: () => source.close(),
    read(offset, length) {
      reads.push(length);
      return source.read(offset, length);
    },
  };
}
