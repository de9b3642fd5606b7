import { additiveMask } from '@llm-mde/language-model';
import { LayerNorm, Module, MultiHeadAttention } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';

/** As many heads as divide the width. */
const HEAD_COUNTS = [12, 8, 6, 4, 3, 2, 1];

/**
 * x + attention(norm(x)), trained from nothing: what stands in a language model's place to see whether more than attention is needed of it (Tan et al.
 * 2024, arXiv 2406.16964, call it LLM2Attn). State dict: `norm` and `attention.{query,key,value,output}`.
 */
export class AttentionLayer extends Module {
  private readonly norm: LayerNorm;
  private readonly attention: MultiHeadAttention;

  /** @param width D of the tokens. */
  constructor(width: number) {
    super();
    const headCount = HEAD_COUNTS.find((count) => width % count === 0)!;
    this.norm = this.register('norm', new LayerNorm(width));
    this.attention = this.register('attention', new MultiHeadAttention({ embedDim: width, headCount }));
  }

  /**
   * @param x Prompt and patches, [B,S,D].
   * @param attentionMask [B,S], 1 for a token and 0 for padding. @default all ones
   */
  forward(x: tf.Tensor3D, attentionMask?: tf.Tensor2D): tf.Tensor3D {
    return tf.add(x, this.attention.forward(this.norm.forward(x), { mask: additiveMask(attentionMask) }));
  }
}
