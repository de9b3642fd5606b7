import { bilinearResize, Conv2d, checkSizes, Linear, Module } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type DepthOutputOptions, initialBias, resolveDepthOutput, toDepth } from './depth-output.js';

export interface DptHeadOptions extends DepthOutputOptions {
  /** Width Dv of the vision encoder's tokens. */
  visionFeatures: number;
  /** Width D of the language model's tokens. @default none, the head sees the vision encoder alone */
  languageFeatures?: number;
  /** Channels of each level, the finest first; as many levels as the head is given layers. @default [48, 96, 192, 384] */
  channels?: readonly number[];
  /** Channels in which the levels are fused. @default 64 */
  fusionChannels?: number;
  /** Channels before the last convolution. @default 32 */
  outputChannels?: number;
}

export interface DptHeadInputs {
  /** The patch tokens after several blocks of the vision encoder, the first block's first, [B,N,Dv] each. */
  features: readonly tf.Tensor3D[];
  /** The language model's output at the patches' positions, [B,N,D]; needed with `languageFeatures` only. */
  tokens?: tf.Tensor3D | undefined;
  /** Rows of patches; rows × columns is N. */
  rows: number;
  /** Columns of patches. */
  columns: number;
  /** Height and width of the depth map. @default what the fusion gives: with four levels 8 · rows × 8 · columns */
  size?: readonly [height: number, width: number] | undefined;
}

/**
 * Predicts depth from several layers of a vision encoder and from the language model's output, as DPT does (Ranftl et al. 2021, arXiv
 * 2103.13413): the patches of each layer are laid out as an image of another resolution (reassemble), from the coarsest to the finest they
 * are added up through residual convolutions (fuse), and three convolutions make one number of each pixel (project). The language model's
 * tokens are added to the deepest layer. In place of transposed convolutions images are resized bilinearly; there is no batch
 * normalization, so micro-batches do not matter.
 *
 * With L levels the finest has 2^(L−2) pixels to a patch's side, the coarsest half a pixel.
 *
 * State dict: `language`, `levels.N.{project,input}`, `down`, `fusions.N.{skip,residual}.{conv1,conv2}`, `fusions.N.project`,
 * `head.{conv1,conv2,conv3}`; the deepest level has no `skip`.
 */
export class DptHead extends Module {
  private readonly depthOutput: Required<DepthOutputOptions>;
  private readonly language: Linear | undefined;
  private readonly levels: readonly { project: Linear; input: Conv2d }[];
  private readonly down: Conv2d;
  private readonly fusions: readonly Fusion[];
  private readonly head: readonly Conv2d[];

  /** @throws if a size is not a positive integer, or there is no level. */
  constructor(options: DptHeadOptions) {
    super();
    const { visionFeatures, languageFeatures, channels = [48, 96, 192, 384] } = options;
    const { fusionChannels = 64, outputChannels = 32 } = options;
    const widths = Object.fromEntries(channels.map((width, level) => [`channels[${level}]`, width]));
    const sizes = { visionFeatures, languageFeatures: languageFeatures ?? 1, fusionChannels, outputChannels };
    checkSizes('DptHead', { ...sizes, levels: channels.length, ...widths });
    this.depthOutput = resolveDepthOutput(options);
    const deepest = channels.at(-1)!;
    if (languageFeatures !== undefined)
      this.language = this.register('language', new Linear(languageFeatures, deepest));
    this.levels = channels.map((width, level) => ({
      project: this.register(`levels.${level}.project`, new Linear(visionFeatures, width)),
      input: this.register(`levels.${level}.input`, convolution(width, fusionChannels, 3, false)),
    }));
    this.down = this.register(
      'down',
      new Conv2d({ inChannels: deepest, outChannels: deepest, kernelSize: 3, stride: 2, padding: 1 }),
    );
    this.fusions = channels.map((_, level) =>
      this.register(`fusions.${level}`, new Fusion(fusionChannels, level < channels.length - 1)),
    );
    const half = Math.ceil(fusionChannels / 2);
    this.head = [
      this.register('head.conv1', convolution(fusionChannels, half, 3)),
      this.register('head.conv2', convolution(half, outputChannels, 3)),
      this.register(
        'head.conv3',
        new Conv2d({
          inChannels: outputChannels,
          outChannels: 1,
          kernelSize: 1,
          initialBias: initialBias(this.depthOutput),
        }),
      ),
    ];
  }

  /** @returns depth in metres, [B,height,width]. */
  forward({ features, tokens, rows, columns, size }: DptHeadInputs): tf.Tensor3D {
    this.checkInputs({ features, tokens, rows, columns });
    return tf.tidy(() => {
      const deepest = this.levels.length - 1;
      let x = this.reassemble(deepest, features[deepest]!, [rows, columns], tokens);
      for (let level = deepest; level > 0; level--) {
        const finer = this.reassemble(level - 1, features[level - 1]!, [rows, columns]);
        const fused = this.fusions[level]!.forward(x, [finer.shape[1], finer.shape[2]]);
        x = this.fusions[level - 1]!.add(fused, finer);
      }
      x = this.fusions[0]!.forward(x, [2 * x.shape[1], 2 * x.shape[2]]);
      const [conv1, conv2, conv3] = this.head as [Conv2d, Conv2d, Conv2d];
      const depth = toDepth(conv3.forward(tf.relu(conv2.forward(conv1.forward(x)))), this.depthOutput);
      const [height, width] = size ?? [x.shape[1], x.shape[2]];
      return tf.reshape(bilinearResize(depth, [height, width]), [x.shape[0], height, width]);
    });
  }

  /** [B,N,Dv] to an image of the level's resolution, [B,height,width,fusionChannels]. */
  private reassemble(level: number, patches: tf.Tensor3D, grid: readonly [number, number], tokens?: tf.Tensor3D) {
    const { project, input } = this.levels[level]!;
    const deepest = this.levels.length - 1;
    let projected = project.forward(patches);
    if (this.language && tokens) projected = tf.add(projected, this.language.forward(tokens));
    const image = tf.reshape(projected, [patches.shape[0], ...grid, -1]) as tf.Tensor4D;
    if (level === deepest) return input.forward(this.down.forward(image));
    const scale = 2 ** (deepest - 1 - level);
    return input.forward(bilinearResize(image, [grid[0] * scale, grid[1] * scale]));
  }

  private checkInputs({ features, tokens, rows, columns }: DptHeadInputs): void {
    const [first] = features;
    if (!first || features.length !== this.levels.length) {
      throw new Error(`This head takes the features of ${this.levels.length} layers, got ${features.length}.`);
    }
    if (rows * columns !== first.shape[1]) {
      throw new Error(`${first.shape[1]} tokens do not make a grid of ${rows} rows and ${columns} columns.`);
    }
    if (this.language && !tokens) throw new Error("This head takes the language model's tokens beside the features.");
    if (!this.language && tokens) throw new Error('This head was made without languageFeatures: it takes no tokens.');
  }
}

/** Adds up two levels, and brings the sum to the resolution of the next. */
class Fusion extends Module {
  private readonly skip: ResidualUnit | undefined;
  private readonly residual: ResidualUnit;
  private readonly project: Conv2d;

  /** @param hasCoarser Whether there is a coarser level to add to. */
  constructor(channels: number, hasCoarser: boolean) {
    super();
    if (hasCoarser) this.skip = this.register('skip', new ResidualUnit(channels));
    this.residual = this.register('residual', new ResidualUnit(channels));
    this.project = this.register('project', convolution(channels, channels, 1));
  }

  add(coarser: tf.Tensor4D, image: tf.Tensor4D): tf.Tensor4D {
    return tf.add(coarser, this.skip!.forward(image));
  }

  /** A convolution over single pixels and a bilinear resize may change places: it is cheaper before. */
  forward(x: tf.Tensor4D, size: [number, number]): tf.Tensor4D {
    return bilinearResize(this.project.forward(this.residual.forward(x)), size);
  }
}

/** x + conv(relu(conv(relu(x)))). */
class ResidualUnit extends Module {
  private readonly conv1: Conv2d;
  private readonly conv2: Conv2d;

  constructor(channels: number) {
    super();
    this.conv1 = this.register('conv1', convolution(channels, channels, 3));
    this.conv2 = this.register('conv2', convolution(channels, channels, 3));
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return tf.add(x, this.conv2.forward(tf.relu(this.conv1.forward(tf.relu(x)))));
  }
}

/** One that keeps the size. */
function convolution(inChannels: number, outChannels: number, kernelSize: number, bias = true): Conv2d {
  return new Conv2d({ inChannels, outChannels, kernelSize, padding: (kernelSize - 1) / 2, bias });
}
