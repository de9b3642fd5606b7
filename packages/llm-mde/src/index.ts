export { type FileSource, folderFiles, memoryFiles, urlFiles } from '@llm-mde/checkpoints';
export { type CompiledFunction, type Compiler, eager } from '@llm-mde/compile/eager';
export { checkConfiguration, configurationSchema } from './configuration/check-configuration.js';
export {
  configure,
  type LlmMdeConfiguration,
  type LlmMdeOptions,
  type LoraTowerConfiguration,
  type OptimizationConfiguration,
  type ScaleInvariantLossOptions,
} from './configuration/configuration.js';
export { ConfigurationError } from './configuration/configuration-error.js';
export { inputSize } from './configuration/input-size.js';
export { HYPERPARAMETER_SCHEMES, type HyperparameterScheme } from './configuration/paper-schemes.js';
export { type PresetName, preset } from './configuration/presets.js';
export { setDepthScale, setFloat32Layers } from './files/change-configuration.js';
export { type FoundModel, findModel, type ModelReference, modelWithin } from './files/find-model.js';
export { MODULE_NAMES, type ModuleName } from './files/init-from.js';
export { type ModelCard, modelCardText, readModelCard } from './files/model-card.js';
export { modelPaths } from './files/model-paths.js';
export type { SaveOptions } from './files/save-network.js';
export { MODEL_CARD_FILE, MODEL_FILES } from './files/saved-files.js';
export { towerFiles } from './files/tower-files.js';
export type { CameraImage, UsedCamera } from './inputs/camera.js';
export type { ModelRuntime } from './inputs/model-runtime.js';
export type { FeatureArrays, InputArrays, PreparedImages, Processor, VisionFeatures } from './inputs/processor.js';
export { type ImageSource, type ReadImageOptions, readImage } from './inputs/read-image.js';
export { type CreateOptions, LlmMde } from './llm-mde.js';
export type { EmbeddedPrompt, FeatureInputs, ForwardOptions, ModelInputs, Network } from './network/network.js';
export type {
  AttendedWords,
  AttendedWordsOptions,
  PatchAttention,
  PrototypeWord,
} from './prediction/attended-words.js';
export type { AttentionSummary } from './prediction/attention-summary.js';
export type { ChooseLayersOptions, ChosenLayers } from './prediction/choose-float32-layers.js';
export type { PredictOptions } from './prediction/predict.js';
export type { ColorMapOptions, PointOptions, Prediction } from './prediction/prediction.js';
export { resizeDepth } from './prediction/resize-depth.js';
export {
  AdamW,
  type AdamWOptions,
  type AdamWState,
  type AdamWStep,
  type GradientUse,
  type ParameterGroup,
} from './training/adamw.js';
export type { TrainingBatch, TrainingExample } from './training/micro-batches.js';
export { scaleInvariantLoss } from './training/scale-invariant-loss.js';
export { trainingLoss } from './training/train-step.js';
export { NonFiniteLossError, type TrainStepOptions, type TrainStepResult } from './training/training.js';
