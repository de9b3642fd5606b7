import { describe, expect, it } from 'vitest';
import { checkConfiguration } from './check-configuration.js';
import { configure } from './configuration.js';
import { HYPERPARAMETER_SCHEMES } from './paper-schemes.js';
import { preset } from './presets.js';
import { tinyVocabulary } from './tiny-vocabulary.js';

describe('presets', () => {
  it('pass their own check and are copies', () => {
    for (const name of ['paper', 'small', 'tiny'] as const) {
      expect(checkConfiguration(preset(name))).toEqual(preset(name));
      preset(name).head.channels.push(1);
      expect(preset(name).head.channels.at(-1)).not.toBe(1);
    }
    expect(() => preset('huge' as 'tiny')).toThrow('Unknown preset "huge". Expected "paper", "small", "tiny".');
  });

  it("have the numbers of the paper's scheme 3", () => {
    const { vision, language, imageSize, optimization } = preset('paper');
    expect(vision.lora).toEqual({ rank: 96, alpha: 192, dropout: 0 });
    expect(language.lora).toMatchObject({ rank: 32 });
    expect([imageSize, optimization.learningRate]).toEqual([224, 2e-5]);
    expect(configure(preset('paper'), HYPERPARAMETER_SCHEMES[3].options)).toEqual(preset('paper'));
  });

  it('come with a vocabulary of 512 different tokens', () => {
    const vocabulary = tinyVocabulary();
    expect(new Set(vocabulary).size).toBe(512);
    expect(vocabulary).toHaveLength(preset('tiny').language.configuration!.vocabularySize);
    expect(tinyVocabulary(600)).toHaveLength(600);
    expect(() => tinyVocabulary(100)).toThrow('"language.configuration.vocabularySize" is 100');
  });
});

describe('configure', () => {
  it('replaces values section by section', () => {
    const configured = configure(preset('tiny'), { prompt: { style: 'none' }, seed: 3 }, { head: { channels: [8] } });
    expect(configured).toMatchObject({ prompt: { style: 'none' }, seed: 3, head: { channels: [8], imageSkip: true } });
    expect(() => configure(preset('tiny'), { heads: 1 } as object)).toThrow('There is no option "heads": use vision,');
  });
});

describe('checkConfiguration', () => {
  const { configuration: vision } = preset('tiny').vision;
  const { configuration: language } = preset('tiny').language;
  it.each([
    [{ imageSize: 0 }, '"imageSize" is 0, but should be a positive integer.'],
    [
      { prompt: { style: 'long' } },
      '"prompt.style" is "long", but should be one of "adaptive", "fixed", "scene", "none".',
    ],
    [{ vision: { lora: { rank: 4 } } }, '"vision.lora.alpha" is undefined, but should be a positive number.'],
    [
      { vision: { lora: { rank: 4, alpha: 4, dropout: 0, ranks: 4 } } },
      'there is no key "vision.lora.ranks"; known keys are rank,',
    ],
    [
      { vision: { configuration: undefined } },
      '"vision.configuration" is undefined, but should be given if "pretrained" is null.',
    ],
    [{ reprogramming: { dropout: 1 } }, '"reprogramming.dropout" is 1, but should be in [0, 1).'],
    [{ head: { channels: [] } }, '"head.channels" is [], but should be a list of positive integers.'],
    [{ optimization: { maximumGradientNorm: 0 } }, 'should be a positive number, or null.'],
    [{ vision: { lora: { rank: 1e9, alpha: 4, dropout: 0 } } }, '"vision.lora.rank" is 1000000000'],
    [{ maximumDepth: 1e308 }, '"maximumDepth" is 1e+308, but should be a positive number up to 1000000.'],
    [{ optimization: { microBatchSize: 1e300 } }, '"optimization.microBatchSize" is 1e+300'],
    [
      { prompt: { multipleOf: 1e9 } },
      '"prompt.multipleOf" is 1000000000, but should be a positive integer up to 4096.',
    ],
    [{ vision: { configuration: { ...vision, layerCount: 1e9 } } }, '"vision.configuration.layerCount" is 1000000000'],
    [{ language: { configuration: { ...language, maxPositions: 9 } } }, 'no key "language.configuration.maxPositions"'],
    [{ language: { configuration: { ...language, hiddenSize: '64' } } }, '"language.configuration.hiddenSize" is "64"'],
    [{ seed: -1 }, '"seed" is -1, but should be an integer from 0 to 4294967295.'],
  ])('names the key that is wrong: %j', (change, message) => {
    expect(() => checkConfiguration(configure(preset('tiny'), change as object))).toThrow(message);
  });

  it('names where the configuration came from', () => {
    expect(() => checkConfiguration([], 'config.json')).toThrow('config.json should be an object.');
  });
});
