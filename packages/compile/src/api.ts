export type { CompileDevice, CompiledFunction, CompileOptions, Feed } from './compile.js';
export { CompileError, UnsupportedKernelError } from './errors.js';
export { Graph, type NamedValue, type ToOnnxOptions, type VariableUpdate } from './graph/graph.js';
export type { Node, Value } from './graph/value.js';
export type { TraceOptions } from './trace.js';
export type { TensorData, TensorSpecification } from './tracing/structure.js';
export { BACKEND_NAME } from './tracing/tracing-backend.js';
