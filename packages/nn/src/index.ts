import './register-gradients.js';

export { ACTIVATIONS, Activation, type ActivationName, checkActivation } from './activations.js';
export { BatchNorm2d, type BatchNorm2dOptions } from './batch-norm2d.js';
export { checkSizes } from './check-sizes.js';
export { Conv2d, type Conv2dOptions } from './conv2d.js';
export { Dropout, repeatableDropout, withDropoutSeed } from './dropout.js';
export { Embedding } from './embedding.js';
export { gradientCheckpoint } from './gradient-checkpoint.js';
export { constant, type Initializer, kaimingUniform, normal, uniform } from './initializers.js';
export { type AttentionOptions, attention, attentionWeights } from './kernels/attention.js';
export { type CompositeKernel, compositeKernel } from './kernels/composite-kernel.js';
export { gelu } from './kernels/gelu.js';
export { layerNormalization } from './kernels/layer-normalization.js';
export { type BilinearResizeOptions, bilinearResize, resizeWithMatrices } from './kernels/resize.js';
export { rmsNormalization } from './kernels/rms-normalization.js';
export { LayerNorm, type LayerNormOptions } from './layer-norm.js';
export { Linear, type LinearAdapter, type LinearOptions } from './linear.js';
export { type LoadStateDictOptions, Module } from './module.js';
export {
  MultiHeadAttention,
  type MultiHeadAttentionInputs,
  type MultiHeadAttentionOptions,
} from './multi-head-attention.js';
export { offload } from './offload.js';
export { Parameter, type ParameterOptions } from './parameter.js';
export { manualSeed, uniformGenerator } from './random.js';
export { RmsNorm, type RmsNormOptions } from './rms-norm.js';
export {
  type LazyStateTensor,
  type StateDict,
  StateDictError,
  type StateDictReport,
  type StateSource,
  type StateTensor,
} from './state-dict.js';
