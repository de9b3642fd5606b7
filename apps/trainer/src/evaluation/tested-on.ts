import type { DataConfiguration } from '../configuration/training-configuration.js';

/** What a model was tested on, as the beginning of a sentence. */
export function testedOn(frames: number, { split }: DataConfiguration): string {
  const count = `Tested on ${frames} ${frames === 1 ? 'frame' : 'frames'}`;
  return split === 'frames'
    ? `${count} of scenes that training saw too, which flatters`
    : `${count} of scenes that training did not see`;
}
