export type { CompileDevice, CompileOptions } from './compile.js';
export type { CompiledFunction, Compiler, Feed } from './compiled-function.js';
export { CompileError, UnsupportedKernelError } from './errors.js';
export { Graph, type NamedValue, type ToOnnxOptions, type VariableUpdate } from './graph/graph.js';
export type { Node, Value } from './graph/value.js';
export type { TensorData, TensorSpecification } from './structure.js';
export type { TraceOptions } from './trace.js';
export { BACKEND_NAME } from './tracing/tracing-backend.js';
