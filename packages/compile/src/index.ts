import './kernels/index.js';

export { type CompileDevice, type CompileOptions, compile, setThreads } from './compile.js';
export type { CompiledFunction, Compiler, Feed } from './compiled-function.js';
export { CompileError, UnsupportedKernelError } from './errors.js';
export { Graph, type NamedValue, type VariableUpdate } from './graph/graph.js';
export type { Node, Value } from './graph/value.js';
export type { ModelInputs, ModelLike } from './model-function.js';
export { type OnnxModel, type ToOnnxOptions, toOnnx } from './onnx/to-onnx.js';
export type { TensorData, TensorSpecification } from './structure.js';
export { type ModelSpecification, type TraceOptions, trace } from './trace.js';
export { BACKEND_NAME } from './tracing/tracing-backend.js';
