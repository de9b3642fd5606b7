import { existsSync } from 'node:fs';
import type { Device } from '@llm-mde/backend';
import { recoverFolder } from '@llm-mde/checkpoints';
import { depthSizeOf } from '@llm-mde/rgbd';
import { LlmMde, NonFiniteLossError } from 'llm-mde';
import type { TrainingConfiguration } from '../config/schema.js';
import type { OpenDataset } from '../data/open.js';
import { largestFrame, trainingExamples } from '../data/training-examples.js';
import type { StepProgress, TrainingEvents } from '../output/show-training.js';
import {
  INITIAL_STATE,
  loadOptimizer,
  readTrainingState,
  saveCheckpoint,
  type TrainingState,
} from '../run/checkpoint.js';
import { FeatureFiles } from '../run/feature-files.js';
import { MetricsLog, type StepRow, type ValidationRow } from '../run/metrics-log.js';
import type { RunFolder } from '../run/run-folder.js';
import { EventFile } from '../run/tensorboard.js';
import { FeatureCache, variantsOf } from './feature-cache.js';
import type { Interruption } from './interruption.js';
import { learningRateAt, type Schedule } from './learning-rate.js';
import { validate } from './validate.js';

export interface TrainOptions {
  configuration: TrainingConfiguration;
  folder: RunFolder;
  device: Device;
  /** The dataset of the configuration. */
  data: OpenDataset;
  events?: TrainingEvents;
  /** Shows a message to the user. @default nobody */
  note?: (sentence: string) => void;
  /** Stops the run after the current step; it can be resumed. */
  interruption?: Interruption;
}

/**
 * Trains a model, from the start or from the last checkpoint in the run's folder, until all epochs are done or the validation loss stops
 * falling. After each epoch the model is validated and saved as `last`, and as `best` if it is the best so far.
 *
 * A run that was interrupted or killed at any moment resumes exactly: on the same device, weights and log are as if nothing had happened.
 *
 * @returns the state of the run; `ended` is null if it was interrupted.
 * @throws {NonFiniteLossError} that names the frames of the batch if the loss is not finite; the last checkpoint is kept.
 */
export async function train({ interruption, ...options }: TrainOptions): Promise<TrainingState> {
  // What a program that was killed left behind.
  const { path: _path, lock: _lock, ...files } = options.folder;
  for (const file of Object.values(files)) await recoverFolder(file);
  const run = await TrainingRun.open(options);
  try {
    return await run.finish(interruption);
  } catch (error) {
    throw error instanceof Error ? await explained(error, options.folder, run.hasSaved) : error;
  } finally {
    await run.close();
  }
}

/** Adds to an error what was saved, and how to resume. */
async function explained(error: Error, { path, last }: RunFolder, hasSaved: boolean): Promise<Error> {
  const cause =
    (error as NodeJS.ErrnoException).code === 'ENOSPC'
      ? `The disk of ${path} is full: free some space.`
      : error.message;
  const explain = (advice: string) => new Error(`${cause}\n${advice}`, { cause: error });
  if (!existsSync(last))
    return explain(hasSaved ? `The checkpoint ${last} is gone: it was removed.` : 'No checkpoint was saved yet.');
  const { step, epoch } = await readTrainingState(last);
  const saved = `The last checkpoint is ${last}, of step ${step} (epoch ${epoch})`;
  return explain(error instanceof NonFiniteLossError ? `${saved}.` : `${saved}; resume from it with --resume.`);
}

type RunParts = Omit<TrainOptions, 'interruption'>;

class TrainingRun {
  private readonly batchSize: number;
  private readonly stepsPerEpoch: number;
  private readonly schedule: Schedule;
  /** Whether there is a checkpoint to resume from. */
  hasSaved: boolean;
  private depthSize: readonly [number, number] | undefined;

  private constructor(
    private readonly parts: RunParts,
    private readonly model: LlmMde,
    private readonly state: TrainingState,
    private readonly log: MetricsLog,
    private readonly tensorboard: EventFile,
    private readonly cache: FeatureCache | undefined,
  ) {
    const { configuration, data } = parts;
    const { batchSize, epochs, warmupSteps, minLearningRate } = configuration.training;
    this.batchSize = Math.min(batchSize, data.train.length);
    // The last frames of an epoch are dropped if they do not fill a batch: every step has one shape.
    this.stepsPerEpoch = Math.floor(data.train.length / this.batchSize);
    const totalSteps = epochs * this.stepsPerEpoch;
    const { learningRate } = configuration.model.optimization;
    this.schedule = {
      learningRate,
      minLearningRate,
      warmupSteps: Math.min(warmupSteps, Math.floor(totalSteps / 5)),
      totalSteps,
    };
    this.depthSize = configuration.data.depthSize ?? undefined;
    this.hasSaved = existsSync(parts.folder.last);
  }

  /** A new run, or the one saved in `last`. */
  static async open(parts: RunParts): Promise<TrainingRun> {
    const { configuration, folder, device } = parts;
    const resumes = existsSync(folder.last);
    const compiler = { compiler: device.compile };
    const state = resumes ? await readTrainingState(folder.last) : structuredClone(INITIAL_STATE);
    const log = await MetricsLog.open(folder.metrics, state.metricsRows);
    const model = resumes
      ? await LlmMde.load(folder.last, compiler)
      : await LlmMde.create(configuration.model, compiler);
    const { initFrom } = configuration.training;
    if (initFrom && !resumes) await model.initFrom(initFrom.model, initFrom.modules);
    if (resumes) await loadOptimizer(folder.last, model);
    // A kill between the two saves leaves the best epoch as `last` only.
    if (state.best && state.best.step === state.step) await saveBest(model, folder);
    const cache =
      state.ended === null
        ? await FeatureCache.open({
            model,
            folder: folder.features,
            training: configuration.training,
            frames: parts.data.train.length,
            note: parts.note ?? (() => {}),
          })
        : undefined;
    return new TrainingRun(parts, model, state, log, await EventFile.start(folder.path, state.step + 1), cache);
  }

  async finish(interruption: Interruption | undefined): Promise<TrainingState> {
    this.announce();
    while (this.state.ended === null) {
      await this.trainEpoch(interruption);
      if (interruption?.requested) {
        await this.save();
        return this.state;
      }
      await this.endEpoch();
    }
    await FeatureFiles.remove(this.parts.folder.features);
    return this.state;
  }

  async close(): Promise<void> {
    await this.tensorboard.close();
    await this.model.dispose();
  }

  private announce(): void {
    const { folder, device, data, events = {} } = this.parts;
    const trained = [...this.model.network.trainableParameters().values()];
    events.onStart?.({
      folder: folder.path,
      device: device.name,
      hardware: device.hardware,
      train: data.train.length,
      validation: data.validation.length,
      test: data.test.length,
      splitBy: data.splitBy ?? 'scene',
      trainableParameters: trained.reduce((sum, { size }) => sum + size, 0),
      stepsPerEpoch: this.stepsPerEpoch,
      totalSteps: this.schedule.totalSteps,
      step: this.state.step,
    });
  }

  /** From the current position in the epoch to its end, or to an interruption. */
  private async trainEpoch(interruption: Interruption | undefined): Promise<void> {
    const { state, parts } = this;
    const { training, data } = parts.configuration;
    const batches = parts.data.dataset.loader({
      ids: parts.data.train,
      batchSize: this.batchSize,
      dropLast: true,
      shuffle: true,
      seed: training.seed,
      numWorkers: data.numWorkers,
      augmentation: training.augmentation ?? undefined,
      maxSize: largestFrame(parts.configuration),
      variants: variantsOf(training),
      state: state.cursor ?? undefined,
    });
    const clock = new StepClock(this.batchSize, this.schedule.totalSteps);
    for await (const { frames, state: position } of batches) {
      const { width, height } = depthSizeOf(frames[0]!);
      this.depthSize ??= [width, height];
      const learningRate = learningRateAt(state.step, this.schedule);
      const examples = trainingExamples(frames, this.depthSize);
      const batch = this.cache ? await this.cache.addTo(examples) : examples;
      const { loss, gradientNorm } = await this.model.trainStep(batch, { learningRate });
      state.step += 1;
      state.cursor = position;
      state.epochLoss = { sum: state.epochLoss.sum + loss, steps: state.epochLoss.steps + 1 };
      const row = { step: state.step, epoch: state.epoch + 1, loss, gradientNorm, learningRate };
      this.log.append(row);
      const progress = { ...clock.tick(state.step), cache: this.cache?.progress };
      await this.tensorboard.write(state.step, stepScalars(row, progress));
      parts.events?.onStep?.(row, progress);
      if (interruption?.requested) return;
      if (training.saveSteps !== null && state.step % training.saveSteps === 0) await this.save();
    }
  }

  /** Validation, early stopping, checkpoints. */
  private async endEpoch(): Promise<void> {
    const { state, parts } = this;
    const { training } = parts.configuration;
    state.epoch += 1;
    // The next epoch starts at its first frame, also if this one's last frames did not fill a batch.
    state.cursor = state.cursor && { ...state.cursor, epoch: state.epoch, position: 0 };
    const { loss, metrics } = await this.model.withAverages(() =>
      validate(this.model, parts.data, parts.configuration),
    );
    const trainingLoss = state.epochLoss.sum / Math.max(1, state.epochLoss.steps);
    state.epochLoss = { sum: 0, steps: 0 };
    const row = { step: state.step, epoch: state.epoch, trainingLoss, validationLoss: loss, ...metrics };
    this.log.append(row);
    await this.tensorboard.write(state.step, validationScalars(row));
    const isBest = state.best === null || loss < state.best.validationLoss;
    if (isBest) state.best = { epoch: state.epoch, step: state.step, validationLoss: loss };
    if (training.earlyStoppingPatience !== null && state.epoch - state.best!.epoch >= training.earlyStoppingPatience)
      state.ended = 'earlyStopping';
    if (state.epoch >= training.epochs) state.ended = 'epochs';
    await this.save();
    if (isBest) await saveBest(this.model, parts.folder);
    parts.events?.onValidation?.(row, isBest);
  }

  private async save(): Promise<void> {
    this.state.metricsRows = this.log.rows.length;
    await saveCheckpoint(this.parts.folder.last, this.model, this.state);
    this.hasSaved = true;
  }
}

/** What is validated is what is saved: the moving averages of the weights, where the configuration keeps them. */
function saveBest(model: LlmMde, folder: RunFolder): Promise<void> {
  return model.withAverages(() => model.save(folder.best));
}

function stepScalars({ loss, gradientNorm, learningRate }: StepRow, { imagesPerSecond }: StepProgress) {
  const speed = Number.isFinite(imagesPerSecond) && { 'training/images_per_second': imagesPerSecond };
  return {
    'training/loss': loss,
    'training/gradient_norm': gradientNorm,
    'training/learning_rate': learningRate,
    ...speed,
  };
}

function validationScalars({ step: _step, epoch, trainingLoss, validationLoss, ...metrics }: ValidationRow) {
  const entries = Object.entries(metrics).map(([name, value]) => [`validation/${name}`, value]);
  return {
    epoch,
    'epoch/training_loss': trainingLoss,
    'validation/loss': validationLoss,
    ...Object.fromEntries(entries),
  };
}

/** The speed over the last steps, without the first one of this process, which compiles. */
class StepClock {
  private readonly times: number[] = [];

  constructor(
    private readonly batchSize: number,
    private readonly totalSteps: number,
  ) {}

  tick(step: number): StepProgress {
    const now = performance.now();
    this.times.push(now);
    if (this.times.length > 20) this.times.shift();
    const secondsPerStep = (now - this.times[0]!) / 1000 / (this.times.length - 1);
    return {
      totalSteps: this.totalSteps,
      imagesPerSecond: this.batchSize / secondsPerStep,
      memory: process.memoryUsage.rss(),
      secondsLeft: secondsPerStep * (this.totalSteps - step),
    };
  }
}
