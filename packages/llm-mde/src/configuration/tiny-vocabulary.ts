import { SPECIAL_TOKENS } from '@llm-mde/language-model';
import { ConfigurationError } from './configuration-error.js';

/**
 * The vocabulary of language models with random weights, which come without one of their own: the words of the default prompts and other
 * words of rooms and distances, letters and digits for everything else, and unused places up to the size.
 *
 * @param size As the language model's configuration has it. @default 512, the smallest
 * @throws {ConfigurationError} if it is smaller.
 */
export function tinyVocabulary(size = SMALLEST): string[] {
  if (size < SMALLEST) {
    throw new ConfigurationError(
      `"language.configuration.vocabularySize" is ${size}, but a language model with random weights needs ${SMALLEST} tokens or more.`,
    );
  }
  const characters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
  const tokens = new Set([
    ...SPECIAL_TOKENS,
    ...characters,
    ...characters.map((character) => `##${character}`),
    ...'.,:;!?<>/()-+=\'"%&',
    ...WORDS.trim().split(/\s+/),
  ]);
  const vocabulary = [...tokens];
  for (let id = vocabulary.length; id < size; id++) vocabulary.push(`[unused${id}]`);
  return vocabulary;
}

const SMALLEST = 512;

const WORDS = `
prompt dataset nyu depth v2 photographs of indoor rooms with the that a kinect camera measured up to metres task estimate from this single
image how many each pixel is away pixel values minimum maximum median class giant extremely close not in distance little remote far unseen
context objective style exact and consistent audience program reads maps response one for context value pixels metre meters photograph
photo picture scene room

bedroom bathroom kitchen living dining office study basement bookstore cafe classroom computer lab conference dinette exercise foyer furniture
store home storage balcony laundry playroom printer reception student lounge corridor hall entrance stairs

wall walls floor ceiling window windows door doors curtain carpet rug lamp light shadow mirror picture shelf shelves book books table tables chair
chairs sofa couch bed pillow blanket desk monitor keyboard screen television cabinet drawer wardrobe counter sink stove oven fridge dishwasher toilet
bathtub shower towel plant pot vase box boxes bag bottle cup plate bowl basket bin clock board poster blind fan heater radiator column beam corner edge
tile wood stone brick metal glass plastic cloth leather paper paint

near nearer nearest farther farthest deep deeper shallow wide narrow high low tall short long large small big tiny huge left right top bottom middle
centre front back behind before above below under over beside between inside outside around across along through into onto here there

black white grey dark bright red green blue yellow brown orange pink colour plain smooth rough flat round square straight open closed empty full
dense thin thick sharp blurred visible hidden

zero one two three four five six seven eight nine ten half hundred first last all some none more less most least

is are was has have be by on at as or an it its they we you can may will no yes if then than what which where who there these those
person people child man woman hand dog cat

surface object objects space size angle line plane area part side view lens sensor measure range scale map estimate predicted true error
`;
