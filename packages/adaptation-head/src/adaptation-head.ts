import { bilinearResize, Conv2d, Linear, Module } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type DepthOutputOptions, initialBias, resolveDepthOutput, toDepth } from './depth-output.js';
import { UpsampleBN } from './upsample-bn.js';

export interface AdaptationHeadOptions extends DepthOutputOptions {
  /** Width D of the language model's tokens. */
  inFeatures: number;
  /** Channels after the first linear layer. @default 256 */
  projectedChannels?: number;
  /** Channels after each stage; as many stages as there are numbers, each of which doubles the resolution. @default [128, 64, 32] */
  channels?: readonly number[];
  /**
   * Give each stage the image, resized to the stage's resolution, beside its features. The released code does so, at full resolution; the
   * paper does not mention it, and fine texture in the depth may then come from the image instead of from the language model.
   * @default false
   */
  imageSkip?: boolean;
}

export interface AdaptationHeadInputs {
  /** Rows of patches; rows × columns is N. */
  rows: number;
  /** Columns of patches. */
  columns: number;
  /** The image, [B,H,W,3], float32; needed with `imageSkip` only. */
  image?: tf.Tensor4D | undefined;
  /** Height and width of the depth map. @default what the stages give, rows · 2^stages × columns · 2^stages */
  size?: readonly [height: number, width: number] | undefined;
}

/**
 * Predicts depth from the language model's output at each patch (LLM-MDE II-C): a linear layer, stages that each double the resolution
 * (`UpsampleBN`), a 3×3 convolution, a sigmoid, times the maximum depth, resized to the image.
 *
 * State dict: `linear`, `stages.N.{conv1,bn1,conv2,bn2,shortcut}`, `output`.
 */
export class AdaptationHead extends Module {
  readonly maximumDepth: number;
  readonly imageSkip: boolean;
  readonly stages: readonly UpsampleBN[];
  private readonly depthOutput: Required<DepthOutputOptions>;
  private readonly linear: Linear;
  private readonly output: Conv2d;

  constructor(options: AdaptationHeadOptions) {
    super();
    const { inFeatures, projectedChannels = 256, channels = [128, 64, 32] } = options;
    const { imageSkip = false } = options;
    this.depthOutput = resolveDepthOutput(options);
    if (channels.length === 0) throw new Error('channels must not be empty: the head needs at least one stage.');
    this.maximumDepth = this.depthOutput.maximumDepth;
    this.imageSkip = imageSkip;
    this.linear = this.register('linear', new Linear(inFeatures, projectedChannels));
    this.stages = channels.map((outChannels, stage) =>
      this.register(
        `stages.${stage}`,
        new UpsampleBN({
          inChannels: channels[stage - 1] ?? projectedChannels,
          skipChannels: imageSkip ? 3 : 0,
          outChannels,
        }),
      ),
    );
    this.output = this.register(
      'output',
      new Conv2d({
        inChannels: channels.at(-1)!,
        outChannels: 1,
        kernelSize: 3,
        padding: 1,
        initialBias: initialBias(this.depthOutput),
      }),
    );
  }

  /**
   * @param tokens The language model's output at the patches' positions, [B,N,D], float32, row by row from the top left.
   * @returns depth in metres, [B,height,width]; with the output `sigmoid` between 0 and `maximumDepth`.
   */
  forward(tokens: tf.Tensor3D, { rows, columns, image, size }: AdaptationHeadInputs): tf.Tensor3D {
    const [batch, length] = tokens.shape;
    if (rows * columns !== length) {
      throw new Error(`${length} tokens do not make a grid of ${rows} rows and ${columns} columns.`);
    }
    if (this.imageSkip && !image) throw new Error('This head has an image skip: pass it the image.');
    return tf.tidy(() => {
      const projected = this.linear.forward(tokens);
      let x = tf.reshape(projected, [batch, rows, columns, -1]) as tf.Tensor4D;
      for (const stage of this.stages) x = stage.forward(x, this.imageSkip ? image : undefined);
      const depth = toDepth(this.output.forward(x), this.depthOutput);
      const [height, width] = size ?? [x.shape[1], x.shape[2]];
      const resized = bilinearResize(depth, [height, width]);
      return tf.reshape(resized, [batch, height, width]);
    });
  }
}
