import { cameraFor } from '@llm-mde/depth-maps';
import { atDepthSize, checkDepths } from '@llm-mde/rgbd';
import type { LlmMde } from 'llm-mde';
import { type LayoutFlags, layoutOfFlags } from '../config/layout.js';
import { trainingPreset } from '../config/presets.js';
import { openFrames } from '../data/open.js';
import { modelPredictor } from '../evaluate/evaluate-frames.js';
import { type CameraOptions, isStated } from '../predict/camera.js';
import { type DepthRatios, depthRatios } from './fit-scale.js';

export interface FrameOptions extends CameraOptions, Omit<LayoutFlags, 'intrinsics'> {
  /** Metres; farther depths are not compared. @default the model's maximum depth */
  maxDepth?: number;
  /** Of a larger data set so many are taken, evenly spaced. */
  maxFrames: number;
  batchSize: number;
  /** Called with what is odd about the frames, and with each that is skipped. */
  onNote?: (note: string) => void;
  onFrame?: (done: number, total: number) => void;
}

/**
 * Predicts the frames of a data set and compares them with their depth.
 *
 * @param path any form that training reads.
 * @returns what each frame says that has depth, for how many a camera was assumed, and how many the data set has.
 * @throws Error if there is no data set, or no depth that makes sense.
 */
export async function frameRatios(
  model: LlmMde,
  path: string,
  { maxFrames, batchSize, onNote, onFrame, ...options }: FrameOptions,
): Promise<{ frames: DepthRatios[]; assumed: number; total: number }> {
  const { maxDepth = model.configuration.maximumDepth, depthScale, depthEncoding, invalid } = options;
  const { data } = trainingPreset('tiny');
  const { dataset } = await openFrames({
    ...data,
    path,
    ...layoutOfFlags({ depthScale, depthEncoding, invalid }),
    onBadFrame: 'skip',
  });
  try {
    const total = dataset.frames.length;
    const count = Math.min(total, maxFrames);
    const ids = Array.from({ length: count }, (_, index) => dataset.frames[Math.floor((index * total) / count)]!.id);
    // A wrong unit would look like a factor.
    const { problem, warnings } = await checkDepths(dataset, { ids, maximum: maxDepth });
    if (problem !== undefined) throw new Error(`Nothing can be compared. ${problem}`);
    for (const odd of warnings) onNote?.(`Warning: ${odd}`);
    const predict = modelPredictor(model, { testTimeFlip: false, batchSize });
    const loader = dataset.loader({ ids, batchSize, numWorkers: data.numWorkers });
    const frames: DepthRatios[] = [];
    let [assumed, done] = [0, 0];
    for await (const batch of loader) {
      const read = batch.frames.map((frame) =>
        isStated(options) ? { ...frame, intrinsics: cameraFor(frame.image, options) } : frame,
      );
      const predictions = await predict(read);
      for (const [place, frame] of read.entries()) {
        const { id, depth, valid, intrinsics } = frame;
        const ratios = depthRatios(
          id,
          atDepthSize(predictions[place]!, frame),
          depth,
          valid.map((each, pixel) => (each && depth[pixel]! <= maxDepth ? 1 : 0)),
        );
        if (ratios) frames.push(ratios);
        else onNote?.(`The frame ${id} has no depth up to ${maxDepth} m and is left out.`);
        if (model.configuration.camera && !intrinsics) assumed++;
        onFrame?.(++done, count);
      }
    }
    for (const { file, frame = file, problem } of [...dataset.skipped, ...loader.skipped]) {
      onNote?.(`The frame ${frame} cannot be read and is left out. ${file}: ${problem}`);
    }
    return { frames, assumed, total };
  } finally {
    await dataset.close();
  }
}
