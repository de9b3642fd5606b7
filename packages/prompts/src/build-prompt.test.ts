import { describe, expect, it } from 'vitest';
import { buildPrompt, type PromptStyle } from './build-prompt.js';
import { DEPTH_CLASSES } from './depth-class.js';
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

  it('puts the four parts in order, between markers, a space between each', () => {
    const { text, parts } = buildPrompt(goldenImages()[9]!.image);
    expect(text).toBe(`<prompt> ${parts.dataset} ${parts.task} ${parts.pixels} ${parts.class} </prompt>`);
    // Words do not run together: single spaces only, and one after every mark that ends a word or a sentence.
    expect(text).not.toMatch(/\s{2}|[.,:](?![ ])\S/);
  });

  it('looks at each image by itself, and does not change it', () => {
    const [, black, white] = goldenImages().map(({ image }) => image);
    const before = white!.data.slice();
    const alone = buildPrompt(white!);
    expect([black!, white!].map((image) => buildPrompt(image).depthClass)).toEqual(['giant', 'unseen']);
    expect(buildPrompt(white!)).toEqual(alone);
    expect(white!.data).toEqual(before);
  });

  it('takes other descriptions of data set and task', () => {
    const { parts, text } = buildPrompt(goldenImages()[0]!.image, { dataset: 'Streets.', task: '  count the\n cars ' });
    expect(parts.dataset).toBe('Dataset: Streets.');
    expect(parts.task).toBe('Task: count the cars.');
    expect(text).toContain('Dataset: Streets. Task: count the cars. Pixel values');
    expect(text).not.toMatch(/NYU|metres/);
  });

  it('writes one fixed text for every image, with data set and task but without pixels and class', () => {
    const prompts = goldenImages().map(({ image }) => buildPrompt(image, { style: 'fixed' }));
    expect(new Set(prompts.map(({ text }) => text)).size).toBe(1);
    const { text, parts, statistics, depthClass } = prompts[0]!;
    expect(text).toMatch(/^<prompt> Context: NYU Depth v2, .* Objective: estimate .* Response: .*\. <\/prompt>$/);
    expect(text).not.toMatch(/minimum|median|class/i);
    expect(parts.dataset).toMatch(/^Dataset: NYU/);
    expect(parts).toMatchObject({ pixels: '', class: '' });
    expect([statistics, depthClass]).toEqual([null, null]);
  });

  it('names the given data set and task in the fixed text', () => {
    const { text } = buildPrompt(goldenImages()[0]!.image, { style: 'fixed', dataset: 'Streets', task: 'Count cars!' });
    expect(text).toContain('Context: Streets. Objective: Count cars! Style:');
    expect(text).not.toMatch(/NYU|metres/);
  });

  it('writes nothing for the style none', () => {
    expect(buildPrompt(goldenImages()[0]!.image, { style: 'none' })).toEqual({
      text: '',
      parts: { dataset: '', task: '', pixels: '', class: '' },
      statistics: null,
      depthClass: null,
    });
  });

  it('takes its pixels from nowhere but the image, and reads it only for the adaptive style', () => {
    const unreadable = new Proxy(goldenImages()[0]!.image, {
      get: (_, property) => {
        throw new Error(`read ${String(property)}`);
      },
    });
    expect(() => buildPrompt(unreadable)).toThrow('read data');
    expect(() => buildPrompt(unreadable, { style: 'fixed' })).not.toThrow();
    expect(() => buildPrompt(unreadable, { style: 'none' })).not.toThrow();
  });

  it('refuses an unknown style and empty descriptions', () => {
    const { image } = goldenImages()[0]!;
    expect(() => buildPrompt(image, { style: 'adaptiv' as PromptStyle })).toThrow(
      "Unknown prompt style \"adaptiv\": use 'adaptive', 'fixed' or 'none'.",
    );
    expect(() => buildPrompt(image, { dataset: ' \n' })).toThrow('The dataset description is empty');
    expect(() => buildPrompt(image, { style: 'fixed', task: '' })).toThrow('The task description is empty');
  });
});

function describeGolden({ name, description, image }: ReturnType<typeof goldenImages>[number], index: number): string {
  const { parts, statistics, depthClass, text } = buildPrompt(image);
  return [
    `${index + 1}. ${name}: ${image.width} by ${image.height} pixels, ${image.channels} channel${image.channels > 1 ? 's' : ''}`,
    `   (${description})`,
    `   minimum ${statistics.minimum}, maximum ${statistics.maximum}, median ${statistics.median}; class: ${depthClass}`,
    '',
    `   dataset   ${parts.dataset}`,
    `   task      ${parts.task}`,
    `   pixels    ${parts.pixels}`,
    `   class     ${parts.class}`,
    `   prompt    ${text}`,
    '',
  ].join('\n');
}
