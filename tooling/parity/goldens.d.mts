import type { Goldens } from './tower-goldens.mjs';

/** The goldens of a folder that towers.py wrote. */
export function readGoldens(folder: string): Goldens;
