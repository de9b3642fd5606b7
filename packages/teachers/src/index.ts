export type { DepthUnit, ModelFacts } from './model-facts.js';
export {
  TransformersDepthModel,
  type TransformersDepthOptions,
  type TransformersPrediction,
} from './transformers-depth-model.js';
