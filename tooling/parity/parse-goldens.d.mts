import type { Goldens } from './tower-goldens.mjs';

/** The goldens, from the contents of goldens.json and goldens.safetensors. */
export function parseGoldens(json: string, bytes: Uint8Array): Goldens;
