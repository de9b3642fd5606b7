import type { FileSource, PretrainedOptions } from '@llm-mde/checkpoints';
import { Bert, createWordPieceTokenizer, LanguageModel } from '@llm-mde/language-model';
import { attachLora } from '@llm-mde/lora';
import { type Module, manualSeed, normal } from '@llm-mde/nn';
import { VisionEncoder } from '@llm-mde/vision-encoder';
import { checkConfiguration } from '../configuration/check-configuration.js';
import type { LlmMdeConfiguration } from '../configuration/configuration.js';
import { tinyVocabulary } from '../configuration/tiny-vocabulary.js';
import { Network, TOWERS, type Tower, type Towers } from '../network/network.js';

/** See `LlmMde.create`. */
export async function createNetwork(
  configuration: LlmMdeConfiguration,
  options: PretrainedOptions = {},
): Promise<Network> {
  checkConfiguration(configuration);
  manualSeed(configuration.seed);
  const towers = await openTowers(configuration, options);
  setInitialValues(towers, configuration);
  return buildNetwork(configuration, towers, async (network) => {
    if (configuration.reprogramming.mapping === 'clusters') {
      await network.reprogramming.makePrototypes(network.language.wordEmbeddings);
    }
    for (const tower of adaptedTowers(configuration)) {
      network.setAdapters(tower, attachLora(network[tower], { ...configuration[tower].lora!, freezeBase: false }));
    }
  });
}

/**
 * The towers, frozen; initial values follow from nn's seed (`manualSeed`).
 * @param sources Where pretrained ones are. @default found by name
 */
export async function openTowers(
  configuration: LlmMdeConfiguration,
  options: PretrainedOptions,
  sources: Partial<Record<Tower, FileSource>> = {},
): Promise<Towers> {
  const optionsFor = (tower: Tower) => ({ ...options, ...(sources[tower] && { source: sources[tower] }) });
  const vision = await openVision(configuration, optionsFor('vision'));
  try {
    return { vision, language: await openLanguage(configuration, optionsFor('language')) };
  } catch (error) {
    vision.dispose();
    throw error;
  }
}

/** A network of towers, in evaluation mode. If anything fails, `finish` included, the towers are disposed. */
export async function buildNetwork(
  configuration: LlmMdeConfiguration,
  towers: Towers,
  finish: (network: Network) => Promise<void>,
): Promise<Network> {
  let network: Network | undefined;
  try {
    network = new Network(configuration, towers);
    // Now, if there is none, rather than at the first image.
    if (configuration.language.mode !== 'absent' && configuration.prompt.style !== 'none')
      void network.language.tokenizer;
    await finish(network);
    return network.eval();
  } catch (error) {
    for (const part of network ? [network] : Object.values(towers)) part.dispose();
    throw error;
  }
}

/** Whether more of the language model is used than its words. */
function hasLayers({ mode }: Pick<LlmMdeConfiguration['language'], 'mode'>): boolean {
  return mode === 'present' || mode === 'random';
}

/** The towers that have adapters. */
export function adaptedTowers({ vision, language }: LlmMdeConfiguration): Tower[] {
  const hasAdapters = { vision: vision.lora, language: hasLayers(language) && language.lora };
  return TOWERS.filter((tower) => hasAdapters[tower]);
}

/** Whether a tower's weights exist nowhere but in this model, so that saving the model has to save them. */
export function hasOwnWeights(configuration: LlmMdeConfiguration, tower: Tower): boolean {
  if (configuration[tower].fullFineTuning) return true;
  const isRandom = tower === 'language' && configuration.language.mode === 'random';
  return isRandom || configuration[tower].pretrained === null;
}

async function openVision(
  { vision: { pretrained, revision, configuration } }: LlmMdeConfiguration,
  options: PretrainedOptions,
): Promise<VisionEncoder> {
  if (pretrained === null) {
    return new VisionEncoder(configuration!).freeze();
  }
  return VisionEncoder.fromPretrained(pretrained, { ...options, frozen: true, ...(revision && { revision }) });
}

async function openLanguage(
  { language: { mode, pretrained, revision, configuration, layerCount } }: LlmMdeConfiguration,
  options: PretrainedOptions,
): Promise<LanguageModel> {
  const usedLayers = hasLayers({ mode }) ? layerCount : 0;
  if (pretrained === null) {
    const vocabulary = tinyVocabulary(configuration!.vocabularySize);
    const language = new Bert({ ...configuration!, layerCount: usedLayers ?? configuration!.layerCount });
    language.tokenizer = await createWordPieceTokenizer(vocabulary);
    return language.freeze();
  }
  return LanguageModel.fromPretrained(pretrained, {
    ...options,
    frozen: true,
    ...(revision && { revision }),
    layerCount: usedLayers,
  });
}

/** Random values that towers have instead of what their modules begin with, or of pretrained weights. */
function setInitialValues({ vision, language }: Towers, configuration: LlmMdeConfiguration): void {
  if (configuration.vision.pretrained === null && configuration.vision.fullFineTuning) makeImagesVisible(vision);
  const { pretrained, fullFineTuning, mode } = configuration.language;
  // Between the words, whose values have a variance of 1, and the patches.
  if (pretrained === null && fullFineTuning) {
    setRandom(language, /^embeddings\.(position|token_type)_embeddings/, 0.1);
  }
  if (pretrained === null || mode !== 'random') return;
  for (const layer of language.layers) {
    for (const parameter of layer.namedParameters().values()) parameter.reinitialize();
  }
}

/**
 * Random values with which training a whole tower sees images from the first step on: with the usual ones, which pretraining outgrows, patches
 * differ little compared with what they share.
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
