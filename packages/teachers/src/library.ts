import { PretrainedError } from '@llm-mde/checkpoints';

/** What is used of transformers.js: a model that gives depth, and what prepares its images. */
export interface Library {
  AutoModelForDepthEstimation: { from_pretrained(folder: string, options: object): Promise<Model> };
  AutoImageProcessor: { from_pretrained(folder: string, options: object): Promise<ImageProcessor> };
  RawImage: new (data: Uint8Array | Uint8ClampedArray, width: number, height: number, channels: 3) => LibraryImage;
}

interface LibraryImage {
  width: number;
  height: number;
}

export interface ImageProcessor {
  (images: readonly LibraryImage[]): Promise<object>;
  do_resize: boolean;
  size: unknown;
  /** PIL's number of a filter. */
  resample: unknown;
  get_resize_output_image_size(image: LibraryImage, size: unknown): [width: number, height: number];
}

export interface Model {
  (inputs: object): Promise<{ predicted_depth?: { type: string; dims: readonly number[]; data: ArrayLike<number> } }>;
  dispose(): Promise<unknown>;
}

/**
 * Loads transformers.js, which is installed beside this package by those who use it.
 *
 * @throws {PretrainedError} if it is not installed, or does not load.
 */
export async function loadLibrary(): Promise<Library> {
  // Its ONNX Runtime would send what it measures; the variable is read when it loads.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  try {
    return (await import('@huggingface/transformers')) as unknown as Library;
  } catch (error) {
    throw new PretrainedError(
      `Others' depth models need the package @huggingface/transformers, which did not load; \`npm install @huggingface/transformers\` installs it. ${(error as Error).message}`,
      { cause: error },
    );
  }
}
