export { ClusteredPrototypes } from './clustered-prototypes.js';
export { type KMeansOptions, kMeans } from './k-means.js';
export { LowRankPrototypes } from './low-rank-prototypes.js';
export type { NearestWord, NearestWordsOptions } from './nearest-words.js';
export type { PrototypeSource } from './prototype-source.js';
export {
  type AttendedPrototype,
  type AttendedPrototypesOptions,
  type ProjectedPrototypes,
  Reprogramming,
  type ReprogrammingOptions,
} from './reprogramming.js';
export { TextPrototypes } from './text-prototypes.js';
