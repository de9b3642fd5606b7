import { createCompile } from './compile.js';
import { nodePlatform } from './execution/node-platform.js';
import { createTrace } from './trace.js';

export * from './api.js';

/**
 * Makes a function that computes the same as the given one, on ONNX Runtime: it is traced on first use, gradients and updates of
 * variables included, into one graph for each combination of input shapes, which is kept.
 *
 * The function has to be synchronous and to compute with tensors alone. Numbers that it is given or closes over, random numbers that
 * JavaScript draws, and plain tensors that it closes over are frozen into the graph; variables are not, and what it assigns to them is
 * theirs after each call. Their values stay where the graph runs until somebody reads them.
 */
export const compile = createCompile(nodePlatform);

export const trace = createTrace(nodePlatform.writeFile);
