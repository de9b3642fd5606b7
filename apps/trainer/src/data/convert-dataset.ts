import type { WritableFrame } from '@llm-mde/nyu';
import { DatasetError, type RgbdDataset } from '@llm-mde/rgbd';
import { datasetParts } from './dataset-parts.js';
import { type WritableFormat, writeDataset } from './write-dataset.js';

export interface ConvertOptions {
  /** Leave out frames that cannot be read. */
  skipBad: boolean;
  onFrame?: (done: number) => void;
  onBadFrame?: (error: DatasetError) => void;
}

/**
 * Writes an open data set in another form. Depth is written as it was opened, with its holes or filled.
 *
 * @returns how many frames were written, and how the parts came about.
 */
export async function convertDataset(
  dataset: RgbdDataset,
  folder: string,
  format: WritableFormat,
  { skipBad, onFrame = () => {}, onBadFrame = () => {} }: ConvertOptions,
): Promise<{ written: number; split: string }> {
  const { test, split } = datasetParts(dataset);
  const inTest = new Set(test);
  let done = 0;
  const written = await writeDataset(folder, format, {
    parts: dataset.frames.map(({ id }) => (inTest.has(id) ? 'test' : 'train')),
    async *frames(places) {
      for (const place of places) {
        const frame = await readFrame(dataset, dataset.frames[place]!.id).catch((error) => {
          if (!skipBad || !(error instanceof DatasetError)) throw error;
          onBadFrame(error);
        });
        if (frame) yield { place, frame };
        onFrame(++done);
      }
    },
  });
  return { written, split };
}

async function readFrame(dataset: RgbdDataset, id: string): Promise<WritableFrame> {
  const { scene, sceneType, image, depth } = await dataset.read(id);
  return { id, scene, sceneType, image, depth, rawDepth: depth };
}
