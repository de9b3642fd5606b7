import { existsSync } from 'node:fs';
import type { DeviceName } from '@llm-mde/backend';
import { type LlmMde, setDepthScale } from 'llm-mde';
import { type ProgressBar, progressBar } from '../output/progress.js';
import { plural } from '../output/sentences.js';
import { changeModel, checkPlace } from '../run/change-model.js';
import { findModel, modelDigest } from '../run/find-model.js';
import { withModel } from '../run/with-model.js';
import { type CrossCheck, crossCheck, type DepthRatios, doesHelp, fitScale } from './fit-scale.js';
import { type FrameOptions, frameRatios } from './measured-frames.js';
import { type MeasuredPhoto, parseMeasuredPhotos, photoRatios } from './measured-photos.js';

export interface CalibrateFlags extends Omit<FrameOptions, 'onNote' | 'onFrame'> {
  /** A new folder for the calibrated model. @default the model's own is changed */
  out?: string;
  /** Whether a factor is refused that does not help on held-out frames. */
  check: boolean;
  device: DeviceName | 'auto';
}

/** With fewer frames it cannot be told whether a factor helps on others. */
const FEWEST_FRAMES = 3;

/** A factor beyond it, or below its inverse, is more likely a wrong unit. */
const UNUSUAL = 2.5;

/** Fits the scale of a model's depth to frames or measured photos, and stores it in the model. */
export async function calibrate(checkpoint: string, inputs: string[], flags: CalibrateFlags): Promise<void> {
  const folder = await findModel(checkpoint);
  const source = sourceOf(inputs);
  if (typeof source !== 'string') requireEnough(source.length, 'photo', flags);
  await checkPlace(folder, flags.out);
  const digest = await modelDigest(folder);
  const progress = progressBar();
  await withModel(folder, flags, async (model, device) => {
    const before = model.configuration.depthScale ?? 1;
    const { frames, assumed, total, noun } = await compare(model, source, flags, progress).finally(progress.end);
    requireEnough(frames.length, noun, flags);
    // Fitted to what the network gives, whatever factor it had: calibrating again gives the same.
    const uncalibrated = frames.map((frame) => withoutFactor(frame, before));
    const factor = Number(fitScale(uncalibrated).toPrecision(DIGITS));
    const some = frames.length < total ? `${frames.length} of ${plural(total, noun)}` : plural(total, noun);
    console.log(`Fitted to ${some} on ${device.name}: true depth is ${factor} times what the network predicts.`);
    warn(factor, assumed, noun);
    if (frames.length >= FEWEST_FRAMES) {
      const check = crossCheck(uncalibrated);
      const figures = figuresText(check, noun);
      if (flags.check && !doesHelp(check)) {
        throw new Error(
          `The factor ${factor} does not help. ${figures} ${folder} is unchanged; --no-check stores the factor all the same.`,
        );
      }
      console.log(figures);
    }
    if ((await modelDigest(folder)) !== digest) {
      throw new Error(`The model in ${folder} was changed meanwhile, so nothing was stored: calibrate it again.`);
    }
    await changeModel(folder, flags.out, (changed) => setDepthScale(changed, factor));
    console.log(
      flags.out === undefined
        ? `Stored in ${folder}: its depthScale is ${factor}, and was ${before}.`
        : `Wrote ${flags.out}: its depthScale is ${factor}, that of ${folder} stays ${before}.`,
    );
  });
}

/** Of the stored factor: nobody measures rooms more exactly. */
const DIGITS = 4;

/** The path of a data set, or photos with distances. */
function sourceOf(inputs: readonly string[]): string | MeasuredPhoto[] {
  const [first] = inputs;
  if (inputs.length === 1 && (existsSync(first!) || !first!.includes('='))) return first!;
  return parseMeasuredPhotos(inputs);
}

function requireEnough(count: number, noun: string, { check }: CalibrateFlags): void {
  if (count === 0) throw new Error(`No ${noun} can be compared: none has depth.`);
  if (!check || count >= FEWEST_FRAMES) return;
  throw new Error(
    `${plural(count, noun)} ${count === 1 ? 'is' : 'are'} too few to tell whether a factor helps on others: give at least ${FEWEST_FRAMES}, or store it unchecked with --no-check.`,
  );
}

/** Predicts what was named and compares it with the truth. */
async function compare(
  model: LlmMde,
  source: string | readonly MeasuredPhoto[],
  flags: CalibrateFlags,
  { note, show }: ProgressBar,
): Promise<{ frames: DepthRatios[]; assumed: number; total: number; noun: 'frame' | 'photo' }> {
  const onNote = (text: string) => note(`llm-mde: ${text}`);
  if (typeof source === 'string') {
    const onFrame = (done: number, count: number) => show('predicting', done, count);
    return { ...(await frameRatios(model, source, { ...flags, onNote, onFrame })), noun: 'frame' };
  }
  const onPhoto = (done: number) => show('predicting', done, source.length);
  const measured = await photoRatios(model, source, { ...flags, onNote, onPhoto });
  return { ...measured, total: source.length, noun: 'photo' };
}

function withoutFactor({ name, mean, logs }: DepthRatios, factor: number): DepthRatios {
  const shift = Math.log(factor);
  return { name, mean: mean + shift, logs: logs.map((log) => log + shift) };
}

function warn(factor: number, assumed: number, noun: string): void {
  if (assumed > 0) {
    console.log(
      `${plural(assumed, noun)} without a stated focal length: the factor assumes a field of view of 60°. Say it with --fov or --intrinsics.`,
    );
  }
  if (factor < UNUSUAL && factor > 1 / UNUSUAL) return;
  console.error(
    'llm-mde: Warning: this factor is unusual. Are the distances in metres, the depth maps in the unit that is assumed (--depth-scale), and the camera right (--fov)?',
  );
}

function figuresText({ folds, scaled, unscaled }: CrossCheck, noun: string): string {
  const figures = ({ absRel, logRatio }: CrossCheck['scaled']) =>
    `AbsRel ${absRel.toFixed(3)} and mean |log ratio| ${logRatio.toFixed(3)}`;
  return `On ${noun}s that it was not fitted to, in ${folds} folds: ${figures(scaled)} with the factor, ${figures(unscaled)} without.`;
}
