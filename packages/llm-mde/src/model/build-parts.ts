import { AdaptationHead } from '@llm-mde/adaptation-head';
import type { PretrainedOptions } from '@llm-mde/checkpoints';
import { Bert, createWordPieceTokenizer, LanguageModel } from '@llm-mde/language-model';
import { type Module, normal } from '@llm-mde/nn';
import { Reprogramming } from '@llm-mde/reprogramming';
import { VisionEncoder } from '@llm-mde/vision-encoder';
import type { LlmMdeConfiguration } from '../configuration.js';
import { ConfigurationError } from '../configuration-error.js';
import { tinyVocabulary } from '../tiny-vocabulary.js';

/** Everything that a model consists of, without adapters. Both towers are frozen. */
export interface Parts {
  vision: VisionEncoder;
  language: LanguageModel;
  reprogramming: Reprogramming;
  head: AdaptationHead;
}

/** Builds the parts; initial values follow from nn's seed (`manualSeed`). */
export async function buildParts(configuration: LlmMdeConfiguration, options: PretrainedOptions): Promise<Parts> {
  return partsAround(
    await buildVision(configuration, options),
    await buildLanguage(configuration, options),
    configuration,
  );
}

/** The same around towers that exist already. */
export function partsAround(vision: VisionEncoder, language: LanguageModel, configuration: LlmMdeConfiguration): Parts {
  checkFit(configuration, vision, language);
  const { reprogramming, head, maximumDepth } = configuration;
  return {
    vision,
    language,
    reprogramming: new Reprogramming({
      visionFeatures: vision.configuration.hiddenSize,
      languageFeatures: language.hiddenSize,
      vocabularySize: language.vocabularySize,
      ...reprogramming,
    }),
    head: new AdaptationHead({ inFeatures: language.hiddenSize, maximumDepth, ...head }),
  };
}

/** Whether a tower's weights exist nowhere but in this model, so that saving the model has to save them. */
export function hasOwnWeights(configuration: LlmMdeConfiguration, tower: 'vision' | 'language'): boolean {
  if (configuration[tower].fullFineTuning) return true;
  const isRandom = tower === 'language' && configuration.language.mode === 'random';
  return isRandom || configuration[tower].pretrained === null;
}

async function buildVision(
  { vision: { pretrained, revision, configuration, fullFineTuning } }: LlmMdeConfiguration,
  options: PretrainedOptions,
): Promise<VisionEncoder> {
  if (pretrained === null) {
    const vision = new VisionEncoder(configuration!);
    if (fullFineTuning) makeImagesVisible(vision);
    return vision.freeze();
  }
  return VisionEncoder.fromPretrained(pretrained, {
    ...options,
    frozen: true,
    ...(revision !== undefined && { revision }),
  });
}

async function buildLanguage(
  { language: { mode, pretrained, revision, configuration, layerCount, fullFineTuning } }: LlmMdeConfiguration,
  options: PretrainedOptions,
): Promise<LanguageModel> {
  if (pretrained === null) {
    const vocabulary = tinyVocabulary(configuration!.vocabularySize);
    const language = new Bert({
      ...configuration!,
      // Only the word embeddings are needed where the tower is left out.
      layerCount: mode === 'absent' ? 0 : (layerCount ?? configuration!.layerCount),
    });
    language.tokenizer = await createWordPieceTokenizer(vocabulary);
    // Between the words, whose values have a variance of 1, and the patches.
    if (fullFineTuning) setRandom(language, /^embeddings\.(position|token_type)_embeddings/, 0.1);
    return language.freeze();
  }
  const layers = mode === 'absent' ? 0 : layerCount;
  const language = await LanguageModel.fromPretrained(pretrained, {
    ...options,
    frozen: true,
    ...(revision !== undefined && { revision }),
    ...(layers !== undefined && { layerCount: layers }),
  });
  if (mode === 'random') for (const layer of language.layers) reinitialize(layer);
  return language;
}

/**
 * Random values with which training a whole tower sees images from the first step on: in the usual ones, which pretraining outgrows, what differs
 * between patches is small beside what they share.
 */
function makeImagesVisible(vision: VisionEncoder): void {
  const { channelCount, patchSize } = vision.configuration;
  setRandom(
    vision,
    /^embeddings\.patch_embeddings\.projection\.weight$/,
    2.3 / Math.sqrt(channelCount * patchSize ** 2),
  );
  setRandom(vision, /^embeddings\.position_embeddings$/, 0.4);
}

function setRandom(module: Module, names: RegExp, deviation: number): void {
  for (const [name, parameter] of module.namedParameters()) {
    if (names.test(name)) parameter.load(parameter.initialValues(normal(deviation)));
  }
}

/** Random values in the place of pretrained ones. */
function reinitialize(module: Module): void {
  for (const parameter of module.namedParameters().values()) parameter.reinitialize();
}

function checkFit({ imageSize, prompt }: LlmMdeConfiguration, vision: VisionEncoder, language: LanguageModel): void {
  const { patchSize } = vision.configuration;
  if (imageSize % patchSize !== 0) {
    throw new ConfigurationError(
      `"imageSize" is ${imageSize}, but should be a multiple of the vision encoder's patch size, ${patchSize}.`,
    );
  }
  const patchCount = (imageSize / patchSize) ** 2;
  if (prompt.style !== 'none' && patchCount >= language.maximumLength && language.layers.length > 0) {
    throw new ConfigurationError(
      `An "imageSize" of ${imageSize} makes ${patchCount} patches, but the language model reads ${language.maximumLength} tokens at most: ` +
        'use smaller images.',
    );
  }
}
