import { adaptiveText, type PromptOptions } from './build-prompt.js';
import { DEPTH_CLASSES } from './depth-class.js';
import { fixedPrompt } from './fixed-prompt.js';
import { describePixels } from './pixel-statistics.js';

/**
 * The prompt that takes the most tokens of all that `buildPrompt` can write with these options, whatever the image: padded to its length,
 * the prompts of every batch put the image tokens at the same positions, so that what a model says of an image does not depend on which
 * others it is given with.
 *
 * @param options As for `buildPrompt`.
 * @param countTokens How many tokens a text has. Of numbers and of class names, the longest are sought apart: right for tokenizers that split at
 * spaces and punctuation, as BERT's does.
 * @returns a text; for the style `adaptive` of an image that need not exist.
 */
export function longestPrompt(options: PromptOptions, countTokens: (text: string) => number): string {
  switch (options.style) {
    case 'none':
      return '';
    case 'fixed':
      return fixedPrompt(options);
    default: {
      const levels = Array.from({ length: 256 }, (_, level) => ({ minimum: level, maximum: level, median: level }));
      const statistics = most(levels, (level) => countTokens(describePixels(level)));
      const depthClass = most(
        DEPTH_CLASSES.map(({ name }) => name),
        countTokens,
      );
      return adaptiveText(options, statistics, depthClass).text;
    }
  }
}

function most<Item>(items: readonly Item[], measure: (item: Item) => number): Item {
  const measures = items.map(measure);
  return items[measures.indexOf(Math.max(...measures))]!;
}
