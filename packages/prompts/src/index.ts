export { classifyDepth, DEPTH_CLASSES, type DepthClass } from './depth-class.js';
export {
  buildPrompt,
  fixedPrompt,
  longestPrompt,
  NYU_DATASET,
  NYU_TASK,
  type Prompt,
  type PromptOptions,
  type PromptStyle,
} from './prompt.js';
export { type PixelStatistics, pixelStatistics, type RawImage } from './statistics.js';
