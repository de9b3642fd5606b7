import type { ByteSource } from '@llm-mde/checkpoints';
import { QuantizeError } from '../error.js';

/** Bytes that are read, or computed, when they are needed, and not kept. */
export interface Content {
  readonly length: number;
  read(): Promise<Uint8Array>;
}

/** Bytes that are in memory, or such that are not yet. */
export type Part = Uint8Array | Content;

export async function readPart(part: Part): Promise<Uint8Array> {
  return part instanceof Uint8Array ? part : part.read();
}

/** Bytes of a file from one place on. */
export interface Range extends Content {
  readonly offset: number;
}

export function rangeOf(source: ByteSource, offset: number, length: number, name: string): Range {
  return {
    offset,
    length,
    async read() {
      const bytes = await source.read(offset, length);
      if (bytes.length === length) return bytes;
      throw new QuantizeError(
        `${name} is truncated: ${length} bytes belong at ${offset}, but ${bytes.length} are there. Download or copy it again.`,
      );
    },
  };
}

export function lengthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
