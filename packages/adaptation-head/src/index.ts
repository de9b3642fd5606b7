export { AdaptationHead, type AdaptationHeadInputs, type AdaptationHeadOptions } from './adaptation-head.js';
export type { DepthOutput, DepthOutputOptions } from './depth-output.js';
export { DptHead, type DptHeadInputs, type DptHeadOptions } from './dpt-head.js';
export { UpsampleBN, type UpsampleBNOptions } from './upsample-bn.js';
