export { type AttentionMeasure, type AttentionVerdict, attentionVerdict } from './attention-measure.js';
export { ClusteredPrototypes } from './clustered-prototypes.js';
export { type KMeansOptions, kMeans } from './k-means.js';
export { LowRankPrototypes } from './low-rank-prototypes.js';
export { chanceSimilarity, type NearestWord, type NearestWordsOptions } from './nearest-words.js';
export type { PrototypeSource } from './prototype-source.js';
export {
  type AttendedPrototype,
  type AttendedPrototypesOptions,
  type ProjectedPrototypes,
  Reprogramming,
  type ReprogrammingOptions,
} from './reprogramming.js';
export { TextPrototypes } from './text-prototypes.js';
