export { checkConfiguration, configurationSchema } from './check-configuration.js';
export type { Compiled, Compiler, TensorValues } from './compiler.js';
export {
  configure,
  type LlmMdeConfiguration,
  type LlmMdeOptions,
  type LoraTowerConfiguration,
  type OptimizationConfiguration,
  type PresetName,
  preset,
} from './configuration.js';
export { ConfigurationError } from './configuration-error.js';
export type { AttendedWords, AttendedWordsOptions } from './model/attended-words.js';
export { MODEL_PARTS, type ModelPart } from './model/init-from.js';
export { type CreateOptions, type EmbeddedPrompt, type ForwardOptions, LlmMde } from './model/llm-mde.js';
export { folderFiles, type ModelFiles, memoryFiles, urlFiles } from './model/model-files.js';
export { inputTensors, type ModelInputs, type PreparedImages } from './model/model-inputs.js';
export { type Prediction, type PredictOptions, predictTensors } from './model/predict.js';
export { HYPERPARAMETER_SCHEMES, type HyperparameterScheme, LORA_SCHEMES, PROMPT_ABLATION } from './paper-schemes.js';
export {
  AdamW,
  type AdamWOptions,
  type AdamWState,
  type AdamWStep,
  type GradientUse,
  type ParameterGroup,
} from './training/adamw.js';
export { accumulateGradients, clipGradients, scaleGradients } from './training/gradients.js';
export { type ScaleInvariantLossOptions, scaleInvariantLoss } from './training/scale-invariant-loss.js';
export {
  NonFiniteLossError,
  type TrainingBatch,
  type TrainingExample,
  type TrainStepOptions,
  type TrainStepResult,
  trainingLoss,
} from './training/training-step.js';
