import { readBertConfiguration } from '@llm-mde/language-model';
import { readVisionEncoderConfiguration } from '@llm-mde/vision-encoder';
import { configure, preset } from 'llm-mde';

/**
 * The paper's model in one of the sizes of sizes.mjs, with towers of random weights.
 *
 * @param options `microBatch`: images at a time, of a batch; `dropout`: 0 turns it off everywhere.
 */
export function configurationOf({ size, microBatch, dropout }) {
  const paper = preset('paper');
  const { vision, language } = size;
  return configure(paper, {
    vision: {
      pretrained: null,
      lora: { rank: vision.rank, alpha: vision.alpha, dropout: 0 },
      configuration: readVisionEncoderConfiguration({
        model_type: 'vit',
        image_size: size.imageSize,
        patch_size: vision.patchSize,
        ...towerFields(vision),
      }),
    },
    language: {
      pretrained: null,
      lora: { rank: language.rank, alpha: language.alpha, dropout: 0 },
      configuration: readBertConfiguration({
        vocab_size: language.vocabularySize,
        max_position_embeddings: language.maximumLength,
        ...towerFields(language),
        ...(dropout === 0 && { hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 }),
      }),
    },
    // The tokenizer of random towers has few words. With this task, prompts are as long as the default's are for BERT's.
    prompt: { task: 'estimate depth in metres from this image' },
    reprogramming: dropout === 0 ? { ...size.reprogramming, dropout } : size.reprogramming,
    head: size.head,
    imageSize: size.imageSize,
    optimization: { learningRate: size.learningRate, microBatchSize: microBatch ?? null },
  });
}

/** The names of transformers' configurations. */
function towerFields({ hiddenSize, layerCount, headCount, intermediateSize }) {
  return {
    hidden_size: hiddenSize,
    num_hidden_layers: layerCount,
    num_attention_heads: headCount,
    intermediate_size: intermediateSize,
  };
}
