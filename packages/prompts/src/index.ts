export { type AdaptivePrompt, buildPrompt, type Prompt, type PromptOptions, type PromptStyle } from './build-prompt.js';
export { datasetDescription, NYU_DATASET } from './dataset-description.js';
export { classifyDepth, DEPTH_CLASSES, type DepthClass, describeClass } from './depth-class.js';
export { fixedPrompt } from './fixed-prompt.js';
export { longestPrompt } from './longest-prompt.js';
export { type PaddedPrompts, type PadPromptsOptions, padPrompts } from './pad-prompts.js';
export { describePixels, type PixelStatistics, pixelStatistics } from './pixel-statistics.js';
export type { RawImage } from './raw-image.js';
export { NYU_TASK, taskDescription } from './task-description.js';
