export { classifyDepth, DEPTH_CLASSES, type DepthClass } from './depth-class.js';
export {
  buildPrompt,
  type DescribedImage,
  fixedPrompt,
  longestPrompt,
  NYU_DATASET,
  NYU_TASK,
  PROMPT_STYLES,
  type Prompt,
  type PromptOptions,
  type PromptStyle,
  SCENE_TOKENS,
} from './prompt.js';
export { type PixelStatistics, pixelStatistics, type RawImage } from './statistics.js';
