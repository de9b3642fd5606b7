import type { Device } from '@llm-mde/backend';
import { memory } from '@tensorflow/tfjs-core';
import {
  configure,
  type FileSource,
  inputSize,
  LlmMde,
  type LlmMdeConfiguration,
  memoryFiles,
  type TrainingExample,
} from 'llm-mde';
import type { DepthMap } from '../lib/geometry.js';
import { type PlainPair, resizeTruth } from '../lib/training-pairs.js';

export interface TuneSettings {
  steps: number;
  /** What is trained besides the adapters: the new modules too, or nothing. */
  scope: 'adapters-and-new-modules' | 'adapters';
}

export interface TuneStep {
  /** Counted from 1. */
  step: number;
  loss: number;
  milliseconds: number;
  /** Tensors in memory after the step. */
  tensors: number;
  /** What the model now says of the first photo; every few steps. */
  depth?: DepthMap;
}

export interface Tuned {
  steps: number;
  /** As `LlmMde.save` writes them, adapters in PEFT's format, but without pretrained towers. */
  files: Map<string, Uint8Array>;
}

interface TuneOptions extends TuneSettings {
  device: Device;
  onStep(step: TuneStep): void;
  /** Whether to stop after the current step. */
  stopped(): boolean;
}

/** Images of one step. */
const BATCH = 4;
/** Steps between two pictures. */
const PICTURE_STEPS = 5;
const LARGEST_DEPTH_SIDE = 160;
/** For towers that were trained as a whole, and have no adapters yet. */
const LORA = { rank: 8, alpha: 16, dropout: 0 };

/**
 * Trains adapters of a model on pairs of photos and depth. The frozen weights are those of the saved model.
 *
 * @param source The files of a saved model.
 * @throws {NonFiniteLossError} if the training diverges.
 */
export async function fineTune(source: FileSource, pairs: readonly PlainPair[], options: TuneOptions): Promise<Tuned> {
  const model = await openForTuning(source, options.device);
  try {
    if (options.scope === 'adapters') {
      const { reprogramming, head, attention } = model.network;
      for (const module of [reprogramming, head, attention]) module?.freeze();
    }
    const examples = trainingExamples(model, pairs);
    let steps = 0;
    while (steps < options.steps && !options.stopped()) {
      const start = performance.now();
      const { loss } = await model.trainStep(batchOf(examples, steps), {
        learningRate: learningRate(steps, options.steps, model.configuration),
      });
      steps += 1;
      const milliseconds = performance.now() - start;
      const isShown = steps === 1 || steps % PICTURE_STEPS === 0 || steps === options.steps;
      const depth = isShown ? await pictureOf(model, pairs[0]!) : undefined;
      options.onStep({ step: steps, loss, milliseconds, tensors: memory().numTensors, ...(depth && { depth }) });
      // Messages, such as to stop, get their turn.
      await new Promise((resolve) => setTimeout(resolve));
    }
    return { steps, files: await model.files() };
  } finally {
    await model.dispose();
  }
}

/** With adapters: where towers were trained as a whole, new ones on their frozen weights. */
async function openForTuning(source: FileSource, device: Device): Promise<LlmMde> {
  const saved = await LlmMde.load(source, { compiler: device.compile });
  const { vision, language } = saved.configuration;
  const isWhole = [vision, language].every(({ pretrained }) => pretrained === null);
  if (vision.lora || language.lora || !isWhole) return saved;
  const adapted = configure(saved.configuration, {
    vision: { lora: LORA, fullFineTuning: false },
    language: { lora: LORA, fullFineTuning: false },
  });
  await saved.dispose();
  const model = await LlmMde.create(adapted, { compiler: device.compile });
  try {
    await model.initFrom(source);
    return model;
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

/** The depth maps at one size, not larger than a loss needs. */
function trainingExamples({ configuration }: LlmMde, pairs: readonly PlainPair[]): TrainingExample[] {
  const [height, width] = inputSize(configuration);
  const { image } = pairs[0]!;
  const scale = LARGEST_DEPTH_SIDE / Math.max(image.width, image.height);
  const isAlike = pairs.every((pair) => pair.image.width * image.height === pair.image.height * image.width);
  const size = isAlike
    ? { width: Math.round(image.width * scale), height: Math.round(image.height * scale) }
    : { width: Math.min(2 * width, LARGEST_DEPTH_SIDE), height: Math.min(2 * height, LARGEST_DEPTH_SIDE) };
  return pairs.map(({ id, image: pixels, truth }) => {
    const { depth } = resizeTruth(truth, size);
    return { id, image: pixels, depth, depthWidth: size.width, depthHeight: size.height };
  });
}

/** Every image as often as the others. */
function batchOf(examples: readonly TrainingExample[], step: number): TrainingExample[] {
  const size = Math.min(BATCH, examples.length);
  return Array.from({ length: size }, (_, index) => examples[(step * size + index) % examples.length]!);
}

/** A short rise, then half a cosine down to a tenth. */
function learningRate(step: number, steps: number, { optimization }: LlmMdeConfiguration): number {
  const warmup = Math.min(5, steps / 4);
  if (step < warmup) return (optimization.learningRate * (step + 1)) / (warmup + 1);
  const progress = (step - warmup) / Math.max(1, steps - warmup);
  return optimization.learningRate * (0.1 + 0.45 * (1 + Math.cos(Math.PI * progress)));
}

async function pictureOf(model: LlmMde, { image }: PlainPair): Promise<DepthMap> {
  const { depth, width, height } = await model.predict(image);
  return { depth, width, height };
}

/** A fine-tuned model, with what it shares with the one that it comes from. */
export function tunedFiles(tuned: ReadonlyMap<string, Uint8Array>, base: FileSource): FileSource {
  const own = memoryFiles(tuned, base.name);
  return {
    name: `${base.name}, fine-tuned`,
    read: (path) => (path.startsWith('towers/') ? base.read(path) : own.read(path)),
  };
}
