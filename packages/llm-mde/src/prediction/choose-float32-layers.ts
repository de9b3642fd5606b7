import type { CameraImage } from '../inputs/camera.js';
import type { ModelRuntime } from '../inputs/model-runtime.js';
import type { InputArrays } from '../inputs/processor.js';
import { towerLayers } from '../network/layers.js';
import { Predictor } from './predictor.js';

export interface ChooseLayersOptions {
  /** Mean over pixels and images of |log(depth in 8 bits / depth in float32)|; 0.01 is a percent. @default 0.0075 */
  tolerance?: number;
  /** Called after each layer. */
  onLayer?: (done: number, total: number) => void;
}

export interface ChosenLayers {
  /** The layers that stay in float32, the worst first. */
  float32: string[];
  /** Number of layers that can be computed in 8 bits. */
  layerCount: number;
  /** Of the depth of these images with the chosen layers in float32, as `tolerance` has it. */
  error: number;
  /** The same with no layer in float32. */
  errorOfAll: number;
}

/** See `LlmMde.chooseFloat32Layers`. */
export async function chooseFloat32Layers(
  { network, processor, compiler }: Pick<ModelRuntime, 'network' | 'processor' | 'compiler'>,
  images: readonly CameraImage[],
  { tolerance = 0.0075, onLayer }: ChooseLayersOptions = {},
): Promise<ChosenLayers> {
  if (images.length === 0) throw new Error('Give at least one image, on which errors are measured.');
  const layers = towerLayers(network);
  const inputs: InputArrays[] = [];
  // Each by itself: images share a scale within a batch.
  for (const image of images) inputs.push((await processor.prepare([image])).inputs);
  const exact = new Predictor(network, compiler, false);
  const quantized = new Predictor(network, compiler, false, 'int8', layers);
  try {
    const wanted = await depthsOf(exact, inputs);
    const errorWith = async (float32: readonly string[]) => {
      await quantized.keepInFloat32(float32);
      return meanLogRatio(await depthsOf(quantized, inputs), wanted);
    };
    const errors = new Map<string, number>();
    for (const layer of layers) {
      errors.set(layer, await errorWith(layers.filter((other) => other !== layer)));
      onLayer?.(errors.size, layers.length);
    }
    const worstFirst = [...layers].sort((one, other) => errors.get(other)! - errors.get(one)!);
    const errorOfAll = await errorWith([]);
    let error = errorOfAll;
    // In steps of about a half more: each costs a compilation, and a layer too many costs little.
    for (let count = 0; ; count = Math.min(layers.length, Math.ceil(count * 1.5) + 1)) {
      const float32 = worstFirst.slice(0, count);
      if (count > 0) error = await errorWith(float32);
      if (error <= tolerance) return { float32, layerCount: layers.length, error, errorOfAll };
      if (count === layers.length) {
        throw new Error(
          `A tolerance of ${tolerance} cannot be reached: with all layers in float32 the error is ${error}.`,
        );
      }
    }
  } finally {
    await Promise.all([exact.dispose(), quantized.dispose()]);
  }
}

async function depthsOf(predictor: Predictor, inputs: readonly InputArrays[]): Promise<Float32Array[]> {
  const depths: Float32Array[] = [];
  for (const input of inputs) {
    const depth = await predictor.run(input, { testTimeFlip: false });
    depths.push(await depth.data<'float32'>());
    depth.dispose();
  }
  return depths;
}

function meanLogRatio(depths: readonly Float32Array[], wanted: readonly Float32Array[]): number {
  const perImage = depths.map((depth, index) => {
    const sum = depth.reduce((total, metres, pixel) => total + Math.abs(Math.log(metres / wanted[index]![pixel]!)), 0);
    return sum / depth.length;
  });
  return perImage.reduce((total, mean) => total + mean, 0) / perImage.length;
}
