import { openPretrained, type PretrainedOptions, readJson } from '@llm-mde/checkpoints';
import {
  Activation,
  Conv2d,
  checkSizes,
  Dropout,
  gradientCheckpoint,
  LayerNorm,
  Linear,
  Module,
  normal,
  Parameter,
} from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { readVisionEncoderConfiguration, type VisionEncoderConfiguration } from './configuration.js';
import { interpolatePositionEmbeddings } from './position-embeddings.js';
import { ImagePreprocessor } from './preprocess/image-preprocessor.js';
import { TransformerBlock } from './transformer-block.js';

export interface VisionEncoderOptions extends PretrainedOptions {
  /**
   * Freeze all parameters before anything is loaded. On the compiled devices of `@llm-mde/backend` their values then go straight to where
   * compiled functions read them and take no memory on the way.
   * @default false
   */
  frozen?: boolean;
}

export interface VisionEncoderForwardOptions {
  /** Also return the output of every block. @default false */
  outputHiddenStates?: boolean;
  /** Also return the patch tokens after these blocks, as `features`: 1 is the first block, 0 the embeddings. @default none */
  layers?: readonly number[];
  /** Put the final layer normalization on each of `features`, as Hugging Face's `Dinov2Backbone` does. @default true */
  normalizeFeatures?: boolean;
}

/** A type, not an interface, so that `tf.tidy` takes it as what it returns. */
export type VisionEncoderOutput = {
  /** The patch tokens after the final layer normalization, [B,N,D], row by row from the top left. */
  patches: tf.Tensor3D;
  /** The class token after the final layer normalization, [B,D]. */
  cls: tf.Tensor2D;
  /** Both together, the class token first, [B,1+N,D]. */
  lastHiddenState: tf.Tensor3D;
  /** The class token through the pooler, [B,D], where the checkpoint has one. */
  pooled?: tf.Tensor2D;
  /** The embeddings and the output of each block, layerCount + 1 tensors [B,1+N,D], before the final layer normalization. */
  hiddenStates?: tf.Tensor3D[];
  /** The patch tokens after each of the blocks that `layers` lists, in its order, [B,N,D]. */
  features?: tf.Tensor3D[];
};

/**
 * A vision transformer, ViT (Dosovitskiy et al. 2021) or DINOv2 (Oquab et al. 2023), with the parameter names and shapes of Hugging
 * Face's `ViTModel` and `Dinov2Model`.
 */
export class VisionEncoder extends Module {
  /** Turns images into the pixels that this checkpoint was trained on. */
  preprocessor: ImagePreprocessor;
  /** The commit of the repository that the weights came from; undefined for a local folder or random weights. */
  revision: string | undefined;
  /** Compute each block again in the backward pass instead of keeping what it needs (see `gradientCheckpoint`). @default false */
  gradientCheckpointing = false;
  /** The blocks, first to last. */
  readonly blocks: readonly TransformerBlock[];
  private readonly classToken: Parameter;
  private readonly positionEmbeddings: Parameter;
  private readonly patchEmbeddings: Conv2d;
  private readonly embeddingDropout: Dropout;
  private readonly norm: LayerNorm;
  private readonly pooler: Linear | undefined;
  private readonly poolerActivation: Activation;

  /**
   * Loads a checkpoint by name: `config.json`, `preprocessor_config.json` and the safetensors beside them. A classification head
   * in the checkpoint is ignored.
   *
   * @param nameOrFolder A repository on the Hugging Face hub, such as `google/vit-base-patch16-224` or `facebook/dinov2-base`, or a
   * local folder.
   * @throws {StateDictError} if a parameter is missing, of another shape, or unexpected.
   */
  static async fromPretrained(nameOrFolder: string, options: VisionEncoderOptions = {}): Promise<VisionEncoder> {
    const pretrained = await openPretrained(nameOrFolder, { ...options, optionalFiles: ['preprocessor_config.json'] });
    const { files } = pretrained;
    try {
      const configuration = readVisionEncoderConfiguration(
        await readJson(files, 'config.json'),
        `config.json of ${files.name}`,
      );
      const isVit = configuration.architecture === 'vit';
      const weights = pretrained.weights((original) => {
        const name = original.replace(/^(?:vit|dinov2)\./, '');
        // Heads for tasks; and of a ViT that was pretrained with masked patches, the token that replaced them.
        const isLeftOut = /^(?:classifier|decoder)\./.test(original) || (isVit && name === 'embeddings.mask_token');
        return isLeftOut ? undefined : name;
      });
      configuration.pooler = weights.has('pooler.dense.weight');
      const encoder = new VisionEncoder(configuration);
      encoder.revision = files.revision;
      if (files.has('preprocessor_config.json')) {
        encoder.preprocessor = ImagePreprocessor.fromConfig(await readJson(files, 'preprocessor_config.json'));
      }
      if (options.frozen) encoder.freeze();
      await encoder.loadStateDict(weights, { misfit: pretrained.misfit });
      return encoder.eval();
    } finally {
      await pretrained.close();
    }
  }

  /** An encoder with random weights. */
  constructor(readonly configuration: VisionEncoderConfiguration) {
    super();
    const { architecture, hiddenSize, imageSize, patchSize, channelCount, layerNormEpsilon: epsilon } = configuration;
    const { layerCount, intermediateSize } = configuration;
    const sizes = { hiddenSize, layerCount, intermediateSize, imageSize, patchSize, channelCount };
    checkSizes('The vision encoder', sizes);
    const patchCount = Math.floor(imageSize / patchSize) ** 2;
    const embedding = (name: string, shape: number[]) =>
      this.register(`embeddings.${name}`, new Parameter(shape, { initialize: normal(0.02) }));
    this.classToken = embedding('cls_token', [1, 1, hiddenSize]);
    if (architecture === 'dinov2' && configuration.useMaskToken !== false) embedding('mask_token', [1, hiddenSize]);
    this.positionEmbeddings = embedding('position_embeddings', [1, patchCount + 1, hiddenSize]);
    this.patchEmbeddings = this.register(
      'embeddings.patch_embeddings.projection',
      new Conv2d({ inChannels: channelCount, outChannels: hiddenSize, kernelSize: patchSize, stride: patchSize }),
    );
    this.embeddingDropout = this.register('embeddings.dropout', new Dropout(configuration.hiddenDropout));
    this.blocks = Array.from({ length: configuration.layerCount }, (_, layer) =>
      this.register(`encoder.layer.${layer}`, new TransformerBlock(configuration)),
    );
    this.norm = this.register('layernorm', new LayerNorm(hiddenSize, { epsilon }));
    if (configuration.pooler) this.pooler = this.register('pooler.dense', new Linear(hiddenSize, hiddenSize));
    this.poolerActivation = new Activation(configuration.poolerActivation ?? 'tanh');
    this.preprocessor = ImagePreprocessor.fromConfig({
      image_processor_type: 'ViTImageProcessor',
      size: { height: imageSize, width: imageSize },
    });
  }

  /**
   * @param pixels [B,H,W,3], float32, preprocessed (see `preprocessor`). H and W are any multiples of the patch size, such as 224×308 for
   * patches of 14; where they are not the trained size, the position embeddings are interpolated as Hugging Face does it.
   */
  forward(pixels: tf.Tensor4D, options: VisionEncoderForwardOptions = {}): VisionEncoderOutput {
    const { outputHiddenStates = false, layers = [], normalizeFeatures = true } = options;
    this.checkPixels(pixels);
    for (const layer of layers) {
      if (Number.isInteger(layer) && layer >= 0 && layer <= this.blocks.length) continue;
      throw new Error(
        `There is no block ${layer}. Expected integers from 0, the embeddings, to ${this.blocks.length}.`,
      );
    }
    return tf.tidy(() => {
      const hiddenStates = [this.embed(pixels)];
      for (const block of this.blocks) hiddenStates.push(this.runBlock(block, hiddenStates.at(-1)!));
      const lastHiddenState = this.norm.forward(hiddenStates.at(-1)!);
      const [batch, , features] = lastHiddenState.shape;
      const cls = tf.reshape(tf.slice(lastHiddenState, [0, 0, 0], [batch, 1, features]), [
        batch,
        features,
      ]) as tf.Tensor2D;
      const featuresOf = (layer: number) => {
        if (normalizeFeatures && layer === this.blocks.length) return patchesOf(lastHiddenState);
        const patches = patchesOf(hiddenStates[layer]!);
        return normalizeFeatures ? this.norm.forward(patches) : patches;
      };
      return {
        patches: patchesOf(lastHiddenState),
        cls,
        lastHiddenState,
        ...(this.pooler && { pooled: this.poolerActivation.forward(this.pooler.forward(cls)) }),
        ...(outputHiddenStates && { hiddenStates }),
        ...(layers.length > 0 && { features: layers.map(featuresOf) }),
      };
    });
  }

  private runBlock(block: TransformerBlock, x: tf.Tensor3D): tf.Tensor3D {
    if (!this.gradientCheckpointing || !this.training) return block.forward(x);
    return gradientCheckpoint((input) => block.forward(input), x, block.trainableVariables());
  }

  /** The class token and the patches, with their position embeddings. */
  private embed(pixels: tf.Tensor4D): tf.Tensor3D {
    const [batch] = pixels.shape;
    const grid = this.patchEmbeddings.forward(pixels);
    const [, rows, columns, features] = grid.shape;
    const classToken = tf.tile(this.classToken.value as tf.Tensor3D, [batch, 1, 1]);
    const tokens = tf.concat([classToken, tf.reshape(grid, [batch, rows * columns, features]) as tf.Tensor3D], 1);
    const positions = interpolatePositionEmbeddings(this.positionEmbeddings.value as tf.Tensor3D, rows, columns);
    return this.embeddingDropout.forward(tf.add(tokens, positions)) as tf.Tensor3D;
  }

  private checkPixels({ shape }: tf.Tensor4D): void {
    const { patchSize, channelCount } = this.configuration;
    if (shape.length !== 4 || shape[3] !== channelCount) {
      throw new Error(`The vision encoder expects pixels of shape [B,H,W,${channelCount}], got [${shape}].`);
    }
    if (shape[1] % patchSize !== 0 || shape[2] % patchSize !== 0 || shape[1] * shape[2] === 0) {
      throw new Error(
        `Image size ${shape[2]}×${shape[1]} must be a multiple of the patch size ${patchSize}×${patchSize}: resize the image first.`,
      );
    }
  }
}

/** All tokens but the first, which is the class token. */
function patchesOf(tokens: tf.Tensor3D): tf.Tensor3D {
  const [batch, length, features] = tokens.shape;
  return tf.slice(tokens, [0, 1, 0], [batch, length - 1, features]);
}
