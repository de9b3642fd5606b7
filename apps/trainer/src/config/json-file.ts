import { readFile } from 'node:fs/promises';
import { replaceFile } from '@llm-mde/checkpoints';

export async function writeJson(path: string, value: unknown): Promise<void> {
  await replaceFile(path, encodeJson(value));
}

export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** @throws Error that names the file if it cannot be read or is not JSON. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new Error(`${path} cannot be read (${error.code ?? error.message}).`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}.`);
  }
}
