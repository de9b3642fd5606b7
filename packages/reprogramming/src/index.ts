export type { NearestWord, NearestWordsOptions } from './nearest-words.js';
export {
  type AttendedPrototype,
  type AttendedPrototypesOptions,
  type ProjectedPrototypes,
  Reprogramming,
  type ReprogrammingOptions,
} from './reprogramming.js';
export { TextPrototypes } from './text-prototypes.js';
