import { request } from '../lib/request.js';

/** The ways to open a photo. */
export interface Inputs {
  show(file: Blob, name: string): void;
  openCamera(): void;
  report(problem: string): void;
}

export const ACCEPTED_FILES = 'image/jpeg,image/png,image/webp,image/avif';

export const SAMPLES = [
  { name: 'kitchen', title: 'Kitchen' },
  { name: 'living_room', title: 'Living room' },
  { name: 'bedroom', title: 'Bedroom' },
  { name: 'study', title: 'Study' },
] as const;

export async function showSample(name: string, inputs: Inputs): Promise<void> {
  try {
    const response = await request(`samples/${name}.jpg`);
    if (!response.ok) throw new Error(`The example could not be loaded: the server answered ${response.status}.`);
    inputs.show(await response.blob(), `${name}.jpg`);
  } catch (error) {
    inputs.report((error as Error).message);
  }
}
