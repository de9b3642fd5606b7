import type { ColorizeDepthOptions, Intrinsics, KnownCamera } from '@llm-mde/depth-maps';
import type { DepthClass } from '@llm-mde/prompts';
import { toRgb } from '@llm-mde/vision-encoder';
import type { CameraImage, UsedCamera } from '../inputs/camera.js';

/** Loaded when they are needed: many only take the metres. */
const depthMaps = () => import('@llm-mde/depth-maps');

export type ColorMapOptions = Omit<ColorizeDepthOptions, 'width' | 'height'>;

/** The camera of points in space. @default what the metres rest on, else what the image states, else NYU Depth v2's field of view */
export interface PointOptions extends KnownCamera {
  /** Leave so many pixels out that there are at most so many points. @default any number in a point cloud; 65,535 in a mesh */
  maximumPoints?: number;
}

/** The depth of one image. Each `to…` gives the bytes of a file, to be written or downloaded; the image it is of must not have changed. */
export class Prediction {
  /** Metres along the camera's axis, row by row from the top left, `width · height` values. */
  readonly depth: Float32Array<ArrayBuffer>;
  /** The image's own. */
  readonly width: number;
  readonly height: number;
  /** The least and the greatest depth. */
  readonly minimum: number;
  readonly maximum: number;
  /** The prompt that the language model was given; empty if there is none. */
  readonly prompt: string;
  /** The class that the prompt names; null if it names none. */
  readonly class: DepthClass | null;
  /** The camera that the metres rest on; null if the model knows no camera. */
  readonly camera: UsedCamera | null;
  readonly #image: CameraImage;

  constructor(
    image: CameraImage,
    { depth, prompt, ...rest }: Pick<Prediction, 'depth' | 'prompt' | 'class' | 'camera'>,
  ) {
    this.#image = image;
    this.depth = depth;
    this.width = image.width;
    this.height = image.height;
    let [least, greatest] = [Number.POSITIVE_INFINITY, 0];
    for (const metres of depth) {
      if (metres < least) least = metres;
      if (metres > greatest) greatest = metres;
    }
    this.minimum = least;
    this.maximum = greatest;
    this.prompt = prompt;
    this.class = rest.class;
    this.camera = rest.camera;
  }

  /** A gray PNG with 16 bits: millimetres. @throws RangeError if depth is beyond 65.535 m. */
  async toPng16(): Promise<Uint8Array<ArrayBuffer>> {
    return (await depthMaps()).encodeDepthPng(this.depth, this);
  }

  /** A color PNG: near is warm, far is cold, over the range of the image. */
  async toColorMap(options: ColorMapOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const { width, height } = this;
    const { colorizeDepth, encodePng } = await depthMaps();
    return encodePng(colorizeDepth(this.depth, { ...options, width, height }), { width, height });
  }

  /** NPY: float32 [height,width], metres. */
  async toNpy(): Promise<Uint8Array<ArrayBuffer>> {
    return (await depthMaps()).encodeNpy(this.depth, this);
  }

  /** A point cloud in the colors of the image: PLY, in metres. @throws RangeError if no camera is as the options say. */
  async toPointCloud(options: PointOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return (await depthMaps()).encodePly(this.depth, await this.#inSpace(options));
  }

  /** A mesh with the image on it, for browsers and phones: GLB, in metres. @throws RangeError as `toPointCloud`. */
  async toMesh(options: PointOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return (await depthMaps()).encodeGlb(this.depth, await this.#inSpace(options));
  }

  async #inSpace({ intrinsics, fov, maximumPoints }: PointOptions) {
    const { width, height } = this;
    const camera = await this.#cameraOf({ intrinsics, fov });
    const colors = toRgb(this.#image).data;
    return { width, height, colors, intrinsics: camera, ...(maximumPoints !== undefined && { maximumPoints }) };
  }

  async #cameraOf(known: KnownCamera): Promise<Intrinsics> {
    const { cameraFor, intrinsicsFromFocalLength } = await depthMaps();
    const focalLength = this.camera?.focalLength ?? this.#image.focalLength;
    const isStated = known.intrinsics !== undefined || known.fov !== undefined;
    return isStated || focalLength === undefined
      ? cameraFor(this, known)
      : intrinsicsFromFocalLength(focalLength, this);
  }
}
