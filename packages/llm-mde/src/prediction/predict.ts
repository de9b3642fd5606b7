import type { Prompt, PromptStyle } from '@llm-mde/prompts';
import { isTurned } from '../configuration/input-size.js';
import { type CameraImage, cameraOf } from '../inputs/camera.js';
import type { ModelRuntime } from '../inputs/model-runtime.js';
import { nextTurn } from '../inputs/next-turn.js';
import type { InputArrays } from '../inputs/processor.js';
import { type ImageSource, readImage } from '../inputs/read-image.js';
import { Prediction } from './prediction.js';
import type { Predictor } from './predictor.js';
import { resizeDepth } from './resize-depth.js';

export interface PredictOptions {
  /** Focal length in pixels, of all these images. @default each image's own `focalLength`, or what the EXIF data of its file state */
  focal?: number;
  /** Predict the mirrored image too and average: slightly better for twice the time. @default false */
  testTimeFlip?: boolean;
  /** Use another prompt than the model was trained with, to see what the prompt does. @default the configuration's */
  promptStyle?: PromptStyle;
}

/**
 * See `LlmMde.predict`.
 *
 * @param predictor Gives what predicts at the moment when the turn has come.
 */
export async function predict(
  model: Pick<ModelRuntime, 'network' | 'processor' | 'runExclusive'>,
  predictor: () => Promise<Predictor>,
  sources: readonly ImageSource[],
  { testTimeFlip = false, promptStyle, focal }: PredictOptions,
): Promise<Prediction[]> {
  const { configuration } = model.network;
  const prepare = (images: readonly CameraImage[], chunk: Chunk) =>
    model.processor.prepare(
      chunk.map((place) => images[place]!),
      promptStyle,
    );
  const reading = readChunks(sources, focal, (image) => isTurned(configuration, image));
  const preparing = reading.then(({ images, chunks: [first] }) => first && prepare(images, first));
  preparing.catch(() => {}); // Its turn reports it.
  const maps: DepthMap[] = [];
  // The turn is taken now: what is asked for later, such as a training step, comes later.
  await model.runExclusive(async () => {
    const { images, chunks } = await reading;
    for (const [index, chunk] of chunks.entries()) {
      const { inputs, prompts } = await (index === 0 ? preparing.then((first) => first!) : prepare(images, chunk));
      const found = await depthMaps(await predictor(), inputs, prompts, testTimeFlip);
      for (const [index, place] of chunk.entries()) maps[place] = found[index]!;
    }
  });
  const predictions: Prediction[] = [];
  for (const [index, image] of (await reading).images.entries()) {
    const { width, height } = image;
    const { values, rows, columns, prompt } = maps[index]!;
    const depth = resizeDepth(values, rows, columns, height, width);
    const camera = configuration.camera ? cameraOf(image) : null;
    predictions.push(new Prediction(image, { depth, prompt: prompt.text, class: prompt.depthClass, camera }));
    await nextTurn();
  }
  return predictions;
}

/** Batches of few sizes, since a graph is compiled for each. */
const BATCH_SIZES = [16, 8, 4, 2, 1];

/** Places of images that are predicted together. */
type Chunk = readonly number[];

async function readChunks(
  sources: readonly ImageSource[],
  focal: number | undefined,
  turned: (image: CameraImage) => boolean,
): Promise<{ images: CameraImage[]; chunks: Chunk[] }> {
  const images = await Promise.all(sources.map((source) => readImage(source, { focal })));
  return { images, chunks: chunksOf(images, turned) };
}

/** The images of each orientation in as few chunks as can be. */
function chunksOf(images: readonly CameraImage[], isTurned: (image: CameraImage) => boolean): Chunk[] {
  const chunks: Chunk[] = [];
  for (const turned of [false, true]) {
    const places = [...images.keys()].filter((place) => isTurned(images[place]!) === turned);
    while (places.length > 0)
      chunks.push(
        places.splice(
          0,
          BATCH_SIZES.find((size) => size <= places.length),
        ),
      );
  }
  return chunks;
}

/** The head's output for one image. */
interface DepthMap {
  values: Float32Array;
  rows: number;
  columns: number;
  prompt: Prompt;
}

async function depthMaps(
  predictor: Predictor,
  inputs: InputArrays,
  prompts: readonly Prompt[],
  testTimeFlip: boolean,
): Promise<DepthMap[]> {
  const maps = await predictor.run(inputs, { testTimeFlip });
  try {
    const [, rows, columns] = maps.shape;
    const values = await maps.data<'float32'>();
    return prompts.map((prompt, index) => ({
      values: values.subarray(index * rows * columns, (index + 1) * rows * columns),
      rows,
      columns,
      prompt,
    }));
  } finally {
    maps.dispose();
  }
}
