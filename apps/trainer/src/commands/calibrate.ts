import { Command } from 'commander';
import type { CalibrateFlags } from '../calibrate/calibrate.js';
import { cameraOptions, depthMapOptions, deviceOption, metres, positiveNumber } from './options.js';

/** `llm-mde calibrate`: one factor for all depth of a model, from frames with depth or measured photos. */
export function calibrateCommand(): Command {
  return depthMapOptions(cameraOptions(new Command('calibrate')))
    .description("fit the scale of a model's depth to your camera and rooms, and store it in the model")
    .argument('<checkpoint>', 'the folder of a run (its best model is changed) or of a saved model')
    .argument(
      '<inputs...>',
      'frames with depth in any form that training reads, or photos with distances: photo.jpg=2.35',
    )
    .option('--out <folder>', 'write a calibrated copy to a new folder instead of changing the model')
    .option(
      '--max-depth <metres>',
      "ignore pixels whose true depth is farther (default: the model's maximum depth)",
      metres,
    )
    .option('--max-frames <number>', 'use at most so many frames, evenly spaced', positiveNumber, 200)
    .option('--no-check', 'store the factor even if it does not help on held-out frames')
    .option('--batch-size <number>', 'images per batch', positiveNumber, 4)
    .addOption(deviceOption())
    .addHelpText(
      'after',
      `
Photos with distances:
  kitchen.jpg=2.35          what is at the center of the photo is 2.35 metres away
  kitchen.jpg@120,340=1.80  what is at column 120, row 340 of the upright photo, counted from 0, is 1.80 metres away
Measure from the camera, straight to the point, as with a tape or a laser. The prediction there is the median of a window of 2 % of the
photo's shorter side: choose flat surfaces, without edges. A photo can be named several times. Give at least 3 photos.

The factor is the exponential of the mean of log(true / predicted depth), first over the pixels of each frame, then over the frames. It is
stored only if AbsRel and mean |log ratio| are lower with it on frames that it was not fitted to. Calibrating again replaces it.

Examples:
  llm-mde calibrate runs/rooms-tiny my-room
  llm-mde calibrate runs/rooms-tiny tum-desk --depth-scale 0.0002 --out calibrated
  llm-mde calibrate my-model hall.jpg=4.10 kitchen.jpg=2.35 desk.jpg=0.92 --fov 65`,
    )
    .action(async (checkpoint: string, inputs: string[], flags: CalibrateFlags) =>
      (await import('../calibrate/calibrate.js')).calibrate(checkpoint, inputs, flags),
    );
}
