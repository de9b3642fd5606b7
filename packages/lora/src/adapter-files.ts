import { encodeSafetensors, SafetensorsFile, type TensorToWrite } from '@llm-mde/checkpoints';
import type { Linear, Module, Parameter } from '@llm-mde/nn';
import { readAdapterConfig, writeAdapterConfig } from './adapter-config.js';
import {
  type AdapterFiles,
  DEFAULT_NAMES,
  type DecodeAdapterOptions,
  type EncodeAdapterOptions,
  type OpenAdapter,
  onlyActive,
  PEFT_PREFIX,
} from './adapter-options.js';
import { architectureOf, fromPythonPath, toPythonPaths } from './architectures.js';
import { adaptableGraphWeights, type GraphModel, isGraphModel } from './graph-model/adaptable-graph.js';
import { GRAPH_FORMAT, GraphAdapters, wholeGraphWeights } from './graph-model/graph-adapters.js';
import { adaptableLayers, isLayersModel, type LayersModel } from './layers-model/adaptable-layers.js';
import { LayersAdapters, wholeLayerWeights } from './layers-model/layers-adapters.js';
import { LoraAdapters } from './lora-adapters.js';
import type { LoraConfiguration } from './lora-configuration.js';
import { describeTargets } from './numbered-layers.js';
import { linearsOf, selectLinears } from './target-modules.js';
import { attachToWeights, encodeWeightAdapter } from './weight-adapters/weight-adapter-files.js';

/**
 * One adapter as the content of PEFT's two files, for where there are no folders; `saveAdapter` writes them. ViT's and DINOv2's modules
 * have the names of transformers 5 in them, which is what PEFT reads today.
 *
 * @throws if several adapters are active and none is named.
 */
export async function encodeAdapter(
  adapters: LoraAdapters | LayersAdapters | GraphAdapters,
  options: EncodeAdapterOptions = {},
): Promise<AdapterFiles> {
  if (!(adapters instanceof LoraAdapters)) return encodeWeightAdapter(adapters, options);
  const adapterName = options.adapterName ?? onlyActive(adapters);
  const architecture = architectureOf(adapters.base);
  const pythonPaths = (path: string) => toPythonPaths(path, architecture);
  const layers = adapters.layersOf(adapterName);
  const tensors = new Map<string, TensorToWrite>();
  const dataType = options.halfPrecision ? 'F16' : undefined;
  for (const layer of layers) {
    const { A, B } = layer.factors(adapterName)!;
    const paths = pythonPaths(layer.path);
    for (const [part, path] of paths.entries()) {
      for (const [name, factor] of Object.entries({ A, B })) {
        const rows = await rowsOf(factor, part, paths.length);
        tensors.set(`${PEFT_PREFIX}${path}.lora_${name}.weight`, { ...rows, dataType });
      }
    }
  }
  const configuration = adapters.configuration(adapterName);
  const config = writeAdapterConfig(configuration, {
    targets: describeTargets(
      layers.flatMap(({ path }) => pythonPaths(path)),
      [...linearsOf(adapters.base).keys()].flatMap(pythonPaths),
      configuration.numberedLayers,
    ),
    architecture,
    baseModelName: options.baseModelName,
    revision: options.revision,
  });
  return { config, weights: encodeSafetensors(tensors, { metadata: { format: 'pt' } }) };
}

/** One of `count` equal parts of a matrix's rows. */
async function rowsOf(matrix: Parameter, part: number, count: number) {
  const [rows, columns] = matrix.shape as [number, number];
  const data = (await matrix.read()) as Float32Array;
  return { shape: [rows / count, columns], data: slicePart(data, part, count) };
}

function slicePart(data: Float32Array, part: number, count: number): Float32Array {
  return data.slice((part * data.length) / count, ((part + 1) * data.length) / count);
}

/**
 * Attaches an adapter from the content of PEFT's two files; `loadAdapter` reads them from a folder. Names of transformers 5 and of
 * transformers 4 are understood.
 *
 * @param target The module to adapt, or the handle of its adapters, to which this one is added: it then waits for `setAdapter`. Where
 * the handle has an adapter of this name, its values are replaced.
 * @returns the handle.
 * @throws if the adapter is not plain LoRA, does not fit the module, or replaces one with other numbers; nothing has changed then.
 */
export function decodeAdapter(
  target: LayersModel | LayersAdapters,
  files: AdapterFiles,
  options?: DecodeAdapterOptions,
): Promise<LayersAdapters>;
export function decodeAdapter(
  target: GraphModel | GraphAdapters,
  files: AdapterFiles,
  options?: DecodeAdapterOptions,
): Promise<GraphAdapters>;
export function decodeAdapter(
  target: Module | LoraAdapters,
  files: AdapterFiles,
  options?: DecodeAdapterOptions,
): Promise<LoraAdapters>;
export async function decodeAdapter(
  target: AdapterTarget,
  { config, weights }: AdapterFiles,
  options: DecodeAdapterOptions = {},
): Promise<AnyAdapters> {
  const file = await SafetensorsFile.fromBytes(weights);
  return attachDecoded(target, { config, weights: file, ...DEFAULT_NAMES }, options);
}

/** What an adapter can be attached to. */
export type AdapterTarget = Module | LayersModel | GraphModel | AnyAdapters;

export type AnyAdapters = LoraAdapters | LayersAdapters | GraphAdapters;

const LAYERS = {
  format: undefined,
  adaptable: adaptableLayers,
  whole: wholeLayerWeights,
  Adapters: LayersAdapters,
};

const GRAPH = {
  format: GRAPH_FORMAT,
  adaptable: adaptableGraphWeights,
  whole: wholeGraphWeights,
  Adapters: GraphAdapters,
};

/** What `decodeAdapter` and `loadAdapter` have in common. */
export async function attachDecoded(
  target: AdapterTarget,
  source: OpenAdapter,
  options: DecodeAdapterOptions,
): Promise<AnyAdapters> {
  if (target instanceof LayersAdapters) return attachToWeights(LAYERS, target.model, target, source, options);
  if (target instanceof GraphAdapters) return attachToWeights(GRAPH, target.model, target, source, options);
  if (isLayersModel(target)) return attachToWeights(LAYERS, target, undefined, source, options);
  if (isGraphModel(target)) return attachToWeights(GRAPH, target, undefined, source, options);
  return attachToModule(target, source, options);
}

async function attachToModule(
  target: Module | LoraAdapters,
  source: OpenAdapter,
  { adapterName = 'default', trainable = false, freezeBase = true }: DecodeAdapterOptions,
): Promise<LoraAdapters> {
  const base = target instanceof LoraAdapters ? target.base : target;
  const configuration = readAdapterConfig(source.config, source.configName);
  const factors = await readFactors(base, source, configuration);
  const replaces = target instanceof LoraAdapters && target.adapterNames.includes(adapterName);
  if (replaces) refuseOtherAdapter(target, adapterName, configuration, factors, source.weightsName);
  const adapters = target instanceof LoraAdapters ? target : new LoraAdapters(base);
  if (!replaces) {
    const isFirst = adapters.adapterNames.length === 0;
    adapters.addConfigured(
      adapterName,
      configuration,
      selectLinears(base, (path) => factors.has(path)),
    );
    if (isFirst) adapters.setAdapter(adapterName, { trainable });
    if (target === base && freezeBase) base.freeze();
  }
  for (const layer of adapters.layersOf(adapterName)) {
    const { A, B } = layer.factors(adapterName)!;
    A.load(factors.get(layer.path)!.A);
    B.load(factors.get(layer.path)!.B);
  }
  return adapters;
}

interface Factors {
  A: Float32Array;
  B: Float32Array;
}

/** A and B of every adapted Linear, by its path here. */
async function readFactors(
  base: Module,
  { weights, weightsName, configName }: OpenAdapter,
  { rank }: LoraConfiguration,
): Promise<Map<string, Factors>> {
  const linears = linearsOf(base);
  const architecture = architectureOf(base);
  const found = new Map<string, Partial<Factors>[]>();
  for (const [key, { shape }] of weights.tensors) {
    const [, pythonPath, which] = /^(?:base_model\.model\.)?(.+)\.lora_(A|B)\.weight$/.exec(key) ?? [];
    if (pythonPath === undefined || (which !== 'A' && which !== 'B')) {
      throw new Error(`${weightsName} contains "${key}", which is not a weight of plain LoRA on a Linear layer.`);
    }
    const { path, part }: { path: string; part?: number } = linears.has(pythonPath)
      ? { path: pythonPath }
      : fromPythonPath(pythonPath, architecture);
    const linear = linears.get(path);
    if (!linear) {
      const question = pythonPath.includes('_orig_mod')
        ? 'it was saved from a model that torch.compile had wrapped; save the model inside, `model._orig_mod`.'
        : 'is the adapter for another model?';
      throw new Error(
        `${weightsName} adapts "${pythonPath}", but ${base.constructor.name} has no such Linear layer: ${question}`,
      );
    }
    const count = toPythonPaths(path, architecture).length;
    const outFeatures = part === undefined ? linear.outFeatures : linear.outFeatures / count;
    const expected = which === 'A' ? [rank, linear.inFeatures] : [outFeatures, rank];
    if (shape.length !== 2 || shape.some((size, axis) => size !== expected[axis])) {
      throw new Error(
        `${weightsName}: "${key}" must have the shape [${expected}] for rank ${rank} (as ${configName} says) ` +
          `on a Linear of ${linear.inFeatures} to ${outFeatures} features, got [${shape}].`,
      );
    }
    const values = Float32Array.from(await weights.readFinite(key));
    const parts = found.get(path) ?? Array.from({ length: count }, () => ({}) as Partial<Factors>);
    for (const [index, factors] of parts.entries()) {
      if (part !== undefined && part !== index) continue;
      if (factors[which]) throw new Error(`${weightsName} adapts ${path} twice, under two names.`);
      // Up to transformers 4 the parts were one Linear, with one A.
      factors[which] = part === undefined && which === 'B' ? slicePart(values, index, count) : values;
    }
    found.set(path, parts);
  }
  if (found.size === 0) throw new Error(`${weightsName} contains no tensors.`);
  return new Map(
    [...found].map(([path, parts]) => [path, joinParts(parts, rank, linears.get(path)!, path, weightsName)]),
  );
}

/** The parts of a Linear below each other; those that are not adapted are zero. */
function joinParts(
  parts: Partial<Factors>[],
  rank: number,
  linear: Linear,
  path: string,
  weightsName: string,
): Factors {
  const { inFeatures, outFeatures } = linear;
  const A = new Float32Array(parts.length * rank * inFeatures);
  const B = new Float32Array(outFeatures * rank);
  for (const [index, factors] of parts.entries()) {
    if (!factors.A !== !factors.B) {
      const [has, lacks] = factors.A ? 'AB' : 'BA';
      throw new Error(`${weightsName} has only lora_${has} for ${path}, not lora_${lacks}.`);
    }
    A.set(factors.A ?? [], (index * A.length) / parts.length);
    B.set(factors.B ?? [], (index * B.length) / parts.length);
  }
  return { A, B };
}

function refuseOtherAdapter(
  adapters: LoraAdapters,
  adapterName: string,
  loaded: LoraConfiguration,
  factors: Map<string, Factors>,
  weightsName: string,
): void {
  const present = adapters.configuration(adapterName);
  const differing = (['rank', 'alpha', 'rankStabilized'] as const).find((key) => loaded[key] !== present[key]);
  if (differing) {
    throw new Error(
      `${weightsName} has a ${differing} of ${loaded[differing]}, but the adapter "${adapterName}" has ${present[differing]}: ` +
        'load it under another name, or delete that adapter first.',
    );
  }
  const paths = adapters.layersOf(adapterName).map(({ path }) => path);
  if (paths.length !== factors.size || paths.some((path) => !factors.has(path))) {
    throw new Error(
      `${weightsName} adapts other layers than the adapter "${adapterName}": load it under another name, or delete that adapter first.`,
    );
  }
}
