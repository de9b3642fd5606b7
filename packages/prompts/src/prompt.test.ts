import { describe, expect, it } from 'vitest';
import { DEPTH_CLASSES } from './depth-class.js';
import {
  buildPrompt,
  fixedPrompt,
  longestPrompt,
  type PromptOptions,
  type PromptStyle,
  SCENE_TOKENS,
} from './prompt.js';
import { pixelStatistics } from './statistics.js';
import { goldenImages } from './testing/golden-images.js';

describe('buildPrompt', () => {
  it('writes the golden prompts of ten images', async () => {
    const images = goldenImages();
    expect(images).toHaveLength(10);
    await expect(images.map(describeGolden).join('\n')).toMatchFileSnapshot('../goldens/prompts.txt');
  });

  it('meets every class in the ten images', () => {
    const met = new Set(goldenImages().map(({ image }) => buildPrompt(image).depthClass));
    expect(met).toEqual(new Set(DEPTH_CLASSES.map(({ name }) => name)));
  });

  it('separates words and sentences by single spaces', () => {
    expect(buildPrompt(goldenImages()[9]!.image).text).not.toMatch(/\s{2}|[.,:](?![ ])\S/);
  });

  it('depends on the image alone, and does not change it', () => {
    const [, black, white] = goldenImages().map(({ image }) => image);
    const before = white!.data.slice();
    const alone = buildPrompt(white!);
    expect([black!, white!].map((image) => buildPrompt(image).depthClass)).toEqual(['giant', 'unseen']);
    expect(buildPrompt(white!)).toEqual(alone);
    expect(white!.data).toEqual(before);
  });

  it('takes other descriptions of dataset and task', () => {
    const { text } = buildPrompt(goldenImages()[0]!.image, { dataset: 'Streets.', task: '  count the\n cars ' });
    expect(text).toContain('<prompt> Dataset: Streets. Task: count the cars. Pixel values');
    expect(text).not.toMatch(/NYU|metres/);
  });

  it('writes one fixed text for every image, with dataset and task but without pixels and class', () => {
    const prompts = goldenImages().map(({ image }) => buildPrompt(image, { style: 'fixed' }));
    expect(new Set(prompts.map(({ text }) => text)).size).toBe(1);
    const { text, depthClass } = prompts[0]!;
    expect(text).toMatch(/^<prompt> Context: NYU Depth v2, .* Objective: estimate .* Response: .*\. <\/prompt>$/);
    expect(text).not.toMatch(/minimum|median|class/i);
    expect(depthClass).toBeNull();
  });

  it('names the given dataset and task in the fixed text', () => {
    const { text } = buildPrompt(goldenImages()[0]!.image, { style: 'fixed', dataset: 'Streets', task: 'Count cars!' });
    expect(text).toContain('Context: Streets. Objective: Count cars! Style:');
    expect(text).not.toMatch(/NYU|metres/);
  });

  it('says what scene the image shows, with a name as datasets write it, or that it is unknown', () => {
    const { image } = goldenImages()[0]!;
    const { text, depthClass } = buildPrompt(
      { ...image, scene: 'living_room, a sofa by the window' },
      { style: 'scene' },
    );
    expect(text).toMatch(
      /^<prompt> Dataset: NYU .* Task: estimate .* Scene: living room, a sofa by the window\. <\/prompt>$/,
    );
    expect(depthClass).toBeNull();
    expect(buildPrompt(image, { style: 'scene', dataset: 'Streets' }).text).toMatch(/Streets\. .* Scene: unknown\. </);
    expect(() => buildPrompt({ ...image, scene: ' ' }, { style: 'scene' })).toThrow('The scene description is empty');
  });

  it("reads the image's pixels only for the adaptive style", () => {
    const unreadable = new Proxy(goldenImages()[0]!.image, {
      get: (_, property) => {
        throw new Error(`read ${String(property)}`);
      },
    });
    expect(() => buildPrompt(unreadable)).toThrow('read data');
    expect(() => buildPrompt(unreadable, { style: 'fixed' })).not.toThrow();
    expect(() => buildPrompt(unreadable, { style: 'scene' })).toThrow('read scene');
    expect(buildPrompt(unreadable, { style: 'none' })).toEqual({ text: '', depthClass: null });
  });

  it('refuses an unknown style and empty descriptions', () => {
    const { image } = goldenImages()[0]!;
    expect(() => buildPrompt(image, { style: 'adaptiv' as PromptStyle })).toThrow(
      "Unknown prompt style \"adaptiv\". Expected 'adaptive', 'fixed', 'scene', 'none'.",
    );
    expect(() => buildPrompt(image, { dataset: ' \n' })).toThrow('The dataset description is empty');
    expect(() => buildPrompt(image, { style: 'fixed', task: '' })).toThrow('The task description is empty');
  });
});

/** Splits as BERT's tokenizer does, and words into pieces of two letters. */
const countPieces = (text: string) =>
  [...text.matchAll(/\w+|[^\w\s]/g)].reduce((sum, [word]) => sum + Math.ceil(word.length / 2), 0);
/** Takes every number with a 7 to pieces. */
const dislikesSeven = (text: string) => text.length + 9 * [...text.matchAll(/7/g)].length;

describe('longestPrompt', () => {
  it.each([
    ['pieces', countPieces, {}],
    ['a vocabulary without some numbers', dislikesSeven, {}],
    ['another data set', countPieces, { dataset: 'Streets of a town.', task: 'Say how deep they are.' }],
  ] as const)('is as long as the longest prompt of any image: %s', (_name, countTokens, options: PromptOptions) => {
    const longest = countTokens(longestPrompt({ style: 'adaptive', ...options }, countTokens));
    const lengths: number[] = [];
    for (let median = 0; median < 256; median++) {
      for (const minimum of new Set([0, 7, 77, median].map((level) => Math.min(level, median)))) {
        for (const maximum of new Set([median, 177, 255].map((level) => Math.max(level, median)))) {
          const data = Uint8Array.of(minimum, median, maximum);
          lengths.push(countTokens(buildPrompt({ data, width: 3, height: 1, channels: 1 }, options).text));
        }
      }
    }
    expect(Math.max(...lengths)).toBeLessThanOrEqual(longest);
    // Not by more than the class that a number may not have.
    expect(longest - Math.max(...lengths)).toBeLessThanOrEqual(3);
    expect(Math.min(...lengths)).toBeLessThan(longest);
  });

  it('is the prompt itself where that does not look at the image', () => {
    expect(longestPrompt({ style: 'fixed', dataset: 'Streets.' }, countPieces)).toBe(
      fixedPrompt({ dataset: 'Streets.' }),
    );
    expect(longestPrompt({ style: 'none' }, countPieces)).toBe('');
  });

  it('leaves room for the words of a scene', () => {
    const options: PromptOptions = { style: 'scene', dataset: 'Streets.' };
    const unknown = countPieces(buildPrompt(goldenImages()[0]!.image, options).text);
    expect(countPieces(longestPrompt(options, countPieces)) - unknown).toBe(SCENE_TOKENS - countPieces('unknown'));
  });

  it('is of the style adaptive, as a prompt is, where no style is named', () => {
    expect(longestPrompt({}, countPieces)).toContain('Depth class:');
  });
});

function describeGolden({ name, description, image }: ReturnType<typeof goldenImages>[number], index: number): string {
  const { minimum, maximum, median } = pixelStatistics(image);
  const { depthClass, text } = buildPrompt(image);
  return [
    `${index + 1}. ${name}: ${image.width} by ${image.height} pixels, ${image.channels} channel${image.channels > 1 ? 's' : ''}`,
    `   (${description})`,
    `   minimum ${minimum}, maximum ${maximum}, median ${median}; class: ${depthClass}`,
    '',
    `   ${text}`,
    '',
  ].join('\n');
}
