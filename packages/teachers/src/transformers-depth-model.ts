import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { HubFolderOptions } from '@llm-mde/checkpoints';
import { type RawImage, type ResamplingFilter, resizeImage, toRgb } from '@llm-mde/vision-encoder';
import { resizeDepth } from 'llm-mde';
import { type ImageProcessor, type Library, loadLibrary, type Model } from './library.js';
import { type DepthUnit, type ModelFacts, readModelFacts } from './model-facts.js';
import { type ModelFolder, openModelFolder, REQUIRED, WEIGHTS_BESIDE } from './model-folder.js';

/** Where a repository's files come from and are kept. */
export type TransformersDepthOptions = Omit<HubFolderOptions, 'wanted'>;

export interface TransformersPrediction {
  /** Row by row from the top left, `width · height` values: metres, or relative inverse depth where the model's `unit` says so. */
  values: Float32Array;
  /** The image's own. */
  width: number;
  height: number;
}

/**
 * Somebody's depth model in the layout of transformers.js: `config.json`, `preprocessor_config.json`, `onnx/model.onnx` in single precision and
 * what weights lie beside it. transformers.js runs it in ONNX Runtime, on the CPU. For Node.
 *
 * ```ts
 * const model = await TransformersDepthModel.load('onnx-community/depth-anything-v2-small');
 * const [{ values, width, height }] = await model.predict([image]);
 * console.log(model.unit, model.license ?? 'license unknown');
 * await model.dispose();
 * ```
 */
export class TransformersDepthModel implements ModelFacts {
  private constructor(
    private readonly files: ModelFolder,
    private readonly facts: ModelFacts,
    private readonly library: Library,
    private readonly processor: ImageProcessor,
    private readonly model: Model,
  ) {}

  /**
   * @param nameOrFolder A folder, or a repository on the Hugging Face hub, `owner/name` or `owner/name@revision`, whose files are downloaded once to the
   * cache that Python uses too.
   * @throws {PretrainedError} if there is no such model, it is not in that layout, or transformers.js is not installed.
   */
  static async load(nameOrFolder: string, options: TransformersDepthOptions = {}): Promise<TransformersDepthModel> {
    const files = await openModelFolder(nameOrFolder, options);
    const facts = await readModelFacts(files);
    const library = await loadLibrary();
    const { folder } = files;
    const here = { local_files_only: true };
    try {
      const processor = await library.AutoImageProcessor.from_pretrained(folder, here);
      const model = await library.AutoModelForDepthEstimation.from_pretrained(folder, {
        ...here,
        dtype: 'fp32',
        device: 'cpu',
      });
      return new TransformersDepthModel(files, facts, library, processor, model);
    } catch (error) {
      throw new Error(
        `${files.name} could not be opened by transformers.js: ${(error as Error).message} Is it a depth model in transformers.js' layout?`,
        { cause: error },
      );
    }
  }

  /** The repository's, or the folder. */
  get name(): string {
    return this.files.name;
  }

  get unit(): DepthUnit {
    return this.facts.unit;
  }

  get maximumDepth(): number | undefined {
    return this.facts.maximumDepth;
  }

  get license(): string | undefined {
    return this.facts.license;
  }

  /** The commit of the repository; undefined for a folder. */
  get revision(): string | undefined {
    return this.files.revision;
  }

  /** What people should know before they use its values, as a sentence. */
  get about(): string {
    const license = this.license === undefined ? 'license unknown' : `license ${this.license} by its model card`;
    const gives =
      this.unit === 'metre'
        ? 'it gives metres'
        : 'it gives relative inverse depth: near is large, scale and shift are unknown';
    return `${this.name} is a model of others (${license}); ${gives}.`;
  }

  /**
   * Depth of images, each at its own size. Images are resized with PIL's filters, as Python's transformers does it; transformers.js' own pipeline
   * does not smooth them when they get smaller, so its values differ a little there.
   *
   * @param images Of any sizes.
   * @param options With `testTimeFlip`, the average with the prediction of the mirrored image.
   * @throws Error if an image is malformed, or the model gives no depth.
   */
  async predict(
    images: readonly RawImage[],
    { testTimeFlip = false }: { testTimeFlip?: boolean } = {},
  ): Promise<TransformersPrediction[]> {
    const predictions: TransformersPrediction[] = [];
    for (const image of images) {
      const rgb = toRgb(image);
      const values = await this.valuesOf(rgb);
      if (testTimeFlip) {
        const mirrored = mirror(await this.valuesOf({ ...rgb, data: mirror(rgb.data, rgb.width, 3) }), rgb.width);
        for (const [pixel, value] of mirrored.entries()) values[pixel] = (values[pixel]! + value) / 2;
      }
      predictions.push({ values, width: rgb.width, height: rgb.height });
    }
    return predictions;
  }

  /** Of the files that decide the values, by which results record which model made them. */
  async digest(): Promise<string> {
    const hash = createHash('sha256');
    for (const file of [...REQUIRED, WEIGHTS_BESIDE]) {
      const path = join(this.files.folder, file);
      if (!existsSync(path)) continue;
      hash.update(`${file}\n`);
      await pipeline(createReadStream(path), hash, { end: false });
    }
    return hash.digest('hex');
  }

  async dispose(): Promise<void> {
    await this.model.dispose();
  }

  private async valuesOf(rgb: RawImage): Promise<Float32Array> {
    const { data, width, height } = resizedFor(this.processor, rgb);
    const inputs = await this.processor([new this.library.RawImage(data as Uint8Array, width, height, 3)]);
    const { predicted_depth: depth } = await this.model(inputs);
    if (depth?.type !== 'float32') {
      throw new Error(`${this.name} gives no predicted_depth in float32: is it a depth model in single precision?`);
    }
    const [rows, columns] = depth.dims.slice(-2) as [number, number];
    const map = Float32Array.from(depth.data);
    if (map.length !== rows * columns || !map.every(Number.isFinite)) {
      throw new Error(`${this.name} gives values that are no depth map: [${depth.dims}], or not all of them finite.`);
    }
    return resizeDepth(map, rows, columns, rgb.height, rgb.width);
  }
}

/** By PIL's numbers. */
const FILTERS: readonly ResamplingFilter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

/** The image in the size that its processor wants, so that this has nothing to resize any more. */
function resizedFor(processor: ImageProcessor, rgb: RawImage): RawImage {
  if (!processor.do_resize) return rgb;
  const [width, height] = processor.get_resize_output_image_size(asLibraryImage(rgb), processor.size);
  return resizeImage(rgb, { width, height, resample: FILTERS[processor.resample as number] ?? 'bilinear' });
}

/** It asks for the `size` of an image only. */
function asLibraryImage({ width, height }: RawImage) {
  return { width, height, size: [width, height] };
}

/** Mirrors each row. */
function mirror<Values extends RawImage['data'] | Float32Array>(values: Values, width: number, channels = 1): Values {
  const mirrored: RawImage['data'] | Float32Array = values.slice();
  for (let place = 0; place < values.length; place++) {
    const [pixel, channel] = [Math.floor(place / channels), place % channels];
    const column = pixel % width;
    mirrored[(pixel + width - 1 - 2 * column) * channels + channel] = values[place]!;
  }
  return mirrored as Values;
}
