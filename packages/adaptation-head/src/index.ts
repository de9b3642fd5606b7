export { AdaptationHead, type AdaptationHeadInputs, type AdaptationHeadOptions } from './adaptation-head.js';
export { UpsampleBN, type UpsampleBNOptions } from './upsample-bn.js';
