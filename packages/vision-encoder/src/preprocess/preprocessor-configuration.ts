import type { ResamplingFilter } from './resize-image.js';

/**
 * The size to resize to, in pixels: an exact one; or one that keeps the aspect ratio and gives the shorter edge a length, where the
 * longer edge may be limited.
 */
export type PreprocessorSize =
  | { height: number; width: number }
  | { shortestEdge: number }
  | { shortestEdge: number; longestEdge: number };

/** What is done to an image, in this order. The names are those of `preprocessor_config.json`. */
export interface ImagePreprocessorConfiguration {
  doResize: boolean;
  size: PreprocessorSize;
  resample: ResamplingFilter;
  doCenterCrop: boolean;
  /** In pixels; only needed for a center crop. What lies outside of the image is 0 before rescaling. */
  cropSize: { height: number; width: number } | undefined;
  doRescale: boolean;
  /** Values of 0 to 255 are multiplied by this. */
  rescaleFactor: number;
  doNormalize: boolean;
  /** For red, green and blue, after rescaling. */
  imageMean: [number, number, number];
  /** For red, green and blue, after rescaling. */
  imageStd: [number, number, number];
}

/**
 * Reads the `preprocessor_config.json` of a ViT or DINOv2 checkpoint. Absent keys have the defaults of Hugging Face's
 * `ViTImageProcessor` or `BitImageProcessor`, whichever the file names; a file that names neither is read as the first.
 *
 * Images become RGB whatever `do_convert_rgb` says, and channels come last whatever `data_format` says.
 *
 * @param json The parsed file.
 * @param source Its name, for messages.
 * @throws if the file asks for another image processor, for a step that is not known here, or has a value that makes no sense.
 */
export function readPreprocessorConfiguration(
  json: unknown,
  source = 'preprocessor_config.json',
): ImagePreprocessorConfiguration {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error(`${source} is not a JSON object.`);
  }
  const values = json as Record<string, unknown>;
  const defaults = defaultsOf(values, source);
  refuseUnknownSteps(values, source);
  const read = <T>(key: string, reader: (value: unknown, name: string) => T, fallback: T) => {
    const value = values[key];
    return value === undefined || value === null ? fallback : reader(value, `${source}: "${key}"`);
  };
  const defaultToSquare = read('default_to_square', readBoolean, defaults.defaultToSquare);
  const configuration: ImagePreprocessorConfiguration = {
    doResize: read('do_resize', readBoolean, true),
    size: read('size', (value, name) => readSize(value, name, defaultToSquare), defaults.size),
    resample: read('resample', readFilter, defaults.resample),
    doCenterCrop: read('do_center_crop', readBoolean, defaults.doCenterCrop),
    cropSize: read('crop_size', readCropSize, defaults.cropSize),
    doRescale: read('do_rescale', readBoolean, true),
    rescaleFactor: read('rescale_factor', readNumber, 1 / 255),
    doNormalize: read('do_normalize', readBoolean, true),
    imageMean: read('image_mean', readColor, defaults.imageMean),
    imageStd: read('image_std', readColor, defaults.imageStd),
  };
  if (configuration.imageStd.includes(0)) throw new Error(`${source}: "image_std" must not contain 0.`);
  if (configuration.doCenterCrop && !configuration.cropSize) {
    throw new Error(`${source} asks for a center crop ("do_center_crop"), but has no "crop_size".`);
  }
  return configuration;
}

/** The inverse, for an image processor that resizes to an exact size and does not crop: `preprocessor_config.json` of a `ViTImageProcessor`. */
export function writePreprocessorConfiguration(
  { resample, doRescale, rescaleFactor, doNormalize, imageMean, imageStd }: ImagePreprocessorConfiguration,
  size: { height: number; width: number },
): Record<string, unknown> {
  return {
    image_processor_type: 'ViTImageProcessor',
    do_resize: true,
    size,
    resample: FILTERS.indexOf(resample),
    do_rescale: doRescale,
    rescale_factor: rescaleFactor,
    do_normalize: doNormalize,
    image_mean: imageMean,
    image_std: imageStd,
  };
}

type Defaults = Pick<
  ImagePreprocessorConfiguration,
  'size' | 'resample' | 'doCenterCrop' | 'cropSize' | 'imageMean' | 'imageStd'
> & { defaultToSquare: boolean };

const VIT_DEFAULTS: Defaults = {
  defaultToSquare: true,
  size: { height: 224, width: 224 },
  resample: 'bilinear',
  doCenterCrop: false,
  cropSize: undefined,
  imageMean: [0.5, 0.5, 0.5],
  imageStd: [0.5, 0.5, 0.5],
};

const BIT_DEFAULTS: Defaults = {
  defaultToSquare: false,
  size: { shortestEdge: 224 },
  resample: 'bicubic',
  doCenterCrop: true,
  cropSize: { height: 224, width: 224 },
  imageMean: [0.48145466, 0.4578275, 0.40821073],
  imageStd: [0.26862954, 0.26130258, 0.27577711],
};

/** Files carry any of the names that these classes have had. */
function defaultsOf(values: Record<string, unknown>, source: string): Defaults {
  const type = values.image_processor_type ?? values.feature_extractor_type ?? 'ViTImageProcessor';
  const [, family] = /^(ViT|Bit)(?:ImageProcessor(?:Fast|Pil)?|FeatureExtractor)$/.exec(String(type)) ?? [];
  if (!family) {
    throw new Error(
      `${source} is for an image processor of type "${type}"; supported are "ViTImageProcessor" and "BitImageProcessor".`,
    );
  }
  return family === 'ViT' ? VIT_DEFAULTS : BIT_DEFAULTS;
}

const KNOWN_STEPS = ['do_resize', 'do_center_crop', 'do_rescale', 'do_normalize', 'do_convert_rgb'];

/** A step left out in silence would give a model pixels that it was not trained on. */
function refuseUnknownSteps(values: Record<string, unknown>, source: string): void {
  const unknown = Object.keys(values).find((key) => key.startsWith('do_') && values[key] && !KNOWN_STEPS.includes(key));
  if (unknown) {
    throw new Error(
      `${source} asks for the step "${unknown}", which is not supported; supported are ${KNOWN_STEPS.join(', ')}.`,
    );
  }
}

function readBoolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new Error(`${name} must be true or false, got ${JSON.stringify(value)}.`);
  return value;
}

function readNumber(value: unknown, name: string): number {
  if (typeof value !== 'number') throw new Error(`${name} must be a number, got ${JSON.stringify(value)}.`);
  return value;
}

/** Three numbers, or one for all three channels. */
function readColor(value: unknown, name: string): [number, number, number] {
  if (typeof value === 'number') return [value, value, value];
  if (!Array.isArray(value) || value.length !== 3 || !value.every((entry) => typeof entry === 'number')) {
    throw new Error(`${name} must be three numbers (red, green, blue), got ${JSON.stringify(value)}.`);
  }
  return value as [number, number, number];
}

/** An array stands for [height, width]. */
function readSize(value: unknown, name: string, defaultToSquare: boolean): PreprocessorSize {
  if (isLength(value)) return defaultToSquare ? { height: value, width: value } : { shortestEdge: value };
  const size = Array.isArray(value) && value.length === 2 ? { height: value[0], width: value[1] } : Object(value);
  const { height, width, shortest_edge: shortestEdge, longest_edge: longestEdge } = size;
  const keys = Object.values(size).every(isLength) ? Object.keys(size).sort().join() : undefined;
  if (keys === 'height,width') return { height, width };
  if (keys === 'shortest_edge') return { shortestEdge };
  if (keys === 'longest_edge,shortest_edge') return { shortestEdge, longestEdge };
  throw new Error(
    `${name} must be a length in pixels or an object with "height" and "width", "shortest_edge", or "shortest_edge" and ` +
      `"longest_edge", got ${JSON.stringify(value)}.`,
  );
}

function readCropSize(value: unknown, name: string): { height: number; width: number } {
  const size = readSize(value, name, true);
  if ('height' in size) return size;
  throw new Error(
    `${name} must be a length in pixels or an object with "height" and "width", got ${JSON.stringify(value)}.`,
  );
}

function isLength(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}

/** PIL's numbers for its filters. */
const FILTERS: ResamplingFilter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

function readFilter(value: unknown, name: string): ResamplingFilter {
  const filter = typeof value === 'number' ? FILTERS[value] : undefined;
  if (!filter) {
    const known = FILTERS.map((known, number) => `${number} (${known})`).join(', ');
    throw new Error(`${name} must be one of PIL's filters, ${known}, got ${JSON.stringify(value)}.`);
  }
  return filter;
}
