// The models that are measured: the same numbers make ours and PyTorch's.

const base = {
  imageSize: 224,
  vision: {
    hiddenSize: 768,
    layerCount: 12,
    headCount: 12,
    intermediateSize: 3072,
    patchSize: 16,
    rank: 96,
    alpha: 192,
  },
  language: {
    vocabularySize: 30522,
    hiddenSize: 768,
    layerCount: 12,
    headCount: 12,
    intermediateSize: 3072,
    maximumLength: 512,
    rank: 32,
    alpha: 32,
  },
  reprogramming: { prototypeCount: 1000, headCount: 8, dropout: 0.1 },
  head: { projectedChannels: 256, channels: [128, 64, 32] },
  learningRate: 2e-5,
  /** Tokens of the adaptive prompt, padded. */
  promptLength: 80,
};

const tiny = {
  imageSize: 64,
  vision: { hiddenSize: 64, layerCount: 4, headCount: 4, intermediateSize: 128, patchSize: 8, rank: 8, alpha: 16 },
  language: {
    vocabularySize: 512,
    hiddenSize: 64,
    layerCount: 2,
    headCount: 4,
    intermediateSize: 128,
    maximumLength: 256,
    rank: 8,
    alpha: 8,
  },
  reprogramming: { prototypeCount: 64, headCount: 4, dropout: 0.1 },
  head: { projectedChannels: 48, channels: [32, 24, 16] },
  learningRate: 2e-3,
  promptLength: 80,
};

/** `base` is the paper's model, ViT-base and BERT-base; `tiny` is for trying the bench itself. */
export const SIZES = { base, tiny };

/** Size of the images and depth maps before anything is done to them. */
export const IMAGE = { width: 640, height: 480 };
