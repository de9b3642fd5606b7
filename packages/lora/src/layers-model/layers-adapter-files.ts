import { encodeSafetensors, type TensorToWrite } from '@llm-mde/checkpoints';
import type { Parameter } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AdapterConfig, readAdapterConfig, writeAdapterConfig } from '../adapter-config.js';
import {
  type AdapterFiles,
  type DecodeAdapterOptions,
  type EncodeAdapterOptions,
  type OpenAdapter,
  onlyActive,
  PEFT_PREFIX,
} from '../adapter-options.js';
import { describeTargets } from '../numbered-layers.js';
import { matcher, type TargetModules } from '../target-modules.js';
import {
  type AdaptableLayer,
  adaptableLayers,
  type Layer,
  type LayersModel,
  type LayerVariable,
  layersOf,
} from './adaptable-layers.js';
import { type Branch, LayersAdapters } from './layers-adapters.js';
import { numbersFor, resolveLayersConfiguration } from './layers-configuration.js';

/** Settings of `adapter_config.json` that only adapters of layers have. */
const UNDERSTOOD = ['use_dora', 'rank_pattern', 'alpha_pattern', 'modules_to_save'];

/** One adapter as PEFT stores it, with the layers' paths for names: a model in Python whose modules have these names loads it. */
export async function encodeLayersAdapter(
  adapters: LayersAdapters,
  { adapterName = onlyActive(adapters), baseModelName, revision, halfPrecision }: EncodeAdapterOptions,
): Promise<AdapterFiles> {
  const { general, dora, rankPattern, alphaPattern } = adapters.configuration(adapterName);
  const branches = adapters.branchesOf(adapterName);
  const tensors = new Map<string, TensorToWrite>();
  const write = (name: string, shape: number[], data: Float32Array) =>
    tensors.set(`${PEFT_PREFIX}${name}`, { shape, data, dataType: halfPrecision ? 'F16' : undefined });
  for (const [path, { branch, layer }] of branches) {
    for (const { suffix, parameter, shape } of storedParts(branch, layer)) {
      write(`${path}.${suffix}`, shape, (await parameter.read()) as Float32Array);
    }
  }
  for (const [name, { variable, shape, form }] of wholeWeights(adapters.model, adapters.modulesToSave)) {
    const values = tf.tidy(() => (form ? form.fromLayer(variable.read()) : tf.clone(variable.read())));
    write(name, [...shape], await values.data<'float32'>());
    values.dispose();
  }
  const saved = wholeLayers(adapters.model, adapters.modulesToSave).map(([path]) => path);
  const config = writeAdapterConfig(general, {
    targets: describeTargets([...branches.keys()], [...adaptableLayers(adapters.model).keys()], general.numberedLayers),
    architecture: undefined,
    baseModelName,
    revision,
    more: {
      rank_pattern: rankPattern,
      alpha_pattern: alphaPattern,
      modules_to_save: saved.length > 0 ? saved : null,
      ...(dora && { use_dora: true }),
    },
  });
  return { config, weights: encodeSafetensors(tensors, { metadata: { format: 'pt' } }) };
}

/** Attaches an adapter that `encodeLayersAdapter` or PEFT wrote. Nothing has changed if it throws. */
export async function attachToLayers(
  target: LayersModel | LayersAdapters,
  source: OpenAdapter,
  { adapterName = 'default', trainable = false }: DecodeAdapterOptions,
): Promise<LayersAdapters> {
  const { config, configName, weights, weightsName } = source;
  const general = readAdapterConfig(config, configName, UNDERSTOOD);
  const { use_dora, rank_pattern, alpha_pattern, modules_to_save } = config as AdapterConfig;
  const modulesToSave = (modules_to_save ?? []) as string[];
  const configuration = resolveLayersConfiguration({
    rank: general.rank,
    alpha: general.alpha,
    rankStabilized: general.rankStabilized,
    ...general.numberedLayers,
    dora: use_dora === true,
    rankPattern: (rank_pattern ?? {}) as Record<string, number>,
    alphaPattern: (alpha_pattern ?? {}) as Record<string, number>,
  });
  const model = target instanceof LayersAdapters ? target.model : target;
  const layers = adaptableLayers(model);
  const expected = new Map<string, { path: string; shape: readonly number[] }>();
  for (const [path, layer] of layers) {
    const { rank } = numbersFor(configuration, path);
    const columns = shapesOf(layer, rank, configuration.dora);
    for (const [suffix, shape] of columns) expected.set(`${path}.${suffix}`, { path, shape });
  }
  const whole = wholeWeights(model, modulesToSave);
  const found = new Map<string, Float32Array>();
  const adaptedPaths = new Set<string>();
  for (const [key, { shape }] of weights.tensors) {
    const name = key.startsWith(PEFT_PREFIX) ? key.slice(PEFT_PREFIX.length) : key;
    const part = expected.get(name);
    const wanted = (part ?? whole.get(name))?.shape;
    if (!wanted) {
      throw new Error(
        `${weightsName} contains "${key}", but the model has no such layer: is the adapter for another model?`,
      );
    }
    if (wanted.join() !== shape.join()) {
      throw new Error(
        `${weightsName}: "${key}" must have the shape [${wanted}] (as ${configName} says), got [${shape}].`,
      );
    }
    if (part) adaptedPaths.add(part.path);
    found.set(name, Float32Array.from(await weights.readFinite(key)));
  }
  if (adaptedPaths.size === 0) throw new Error(`${weightsName} contains no adapter.`);
  for (const [name, { path }] of expected) {
    if (adaptedPaths.has(path) && !found.has(name)) throw new Error(`${weightsName} has no "${name}".`);
  }
  const add = (adapters: LayersAdapters) =>
    adapters.addConfigured(
      adapterName,
      configuration,
      [...layers.values()].filter(({ path }) => adaptedPaths.has(path)),
    );
  const isMore = target instanceof LayersAdapters;
  const isFirst = !isMore || target.adapterNames.length === 0;
  const adapters = isMore ? target : LayersAdapters.attach(target, modulesToSave, add);
  if (isMore) add(target);
  for (const [path, { branch, layer }] of adapters.branchesOf(adapterName)) {
    for (const { suffix, parameter } of storedParts(branch, layer)) parameter.load(found.get(`${path}.${suffix}`)!);
  }
  for (const [name, { variable, shape, form }] of whole) {
    const values = found.get(name);
    if (!values) continue;
    tf.tidy(() => {
      const written = form
        ? form.toLayer(tf.tensor2d(values, [form.rows, form.columns]))
        : tf.tensor(values, [...shape]);
      variable.write(written);
    });
  }
  if (isFirst) adapters.setAdapter(adapterName, { trainable });
  return adapters;
}

/** What PEFT calls the parts of a branch, and their shapes there. */
function storedParts({ A, B, magnitude, rank }: Branch, layer: AdaptableLayer) {
  const parameters: (Parameter | undefined)[] = [A, B, magnitude];
  return shapesOf(layer, rank, magnitude !== undefined).map(([suffix, shape], index) => ({
    suffix,
    shape,
    parameter: parameters[index]!,
  }));
}

function shapesOf({ form }: AdaptableLayer, rank: number, dora: boolean): [suffix: string, shape: number[]][] {
  const { kind, rows, shape } = form;
  const [a, b] = kind === 'embedding' ? ['lora_embedding_A', 'lora_embedding_B'] : ['lora_A.weight', 'lora_B.weight'];
  const magnitude = kind === 'convolution' ? [1, rows, ...shape.slice(2).map(() => 1)] : [rows];
  return [
    [a!, form.shapeOfA(rank)],
    [b!, form.shapeOfB(rank)],
    ...(dora ? [['lora_magnitude_vector', magnitude] as [string, number[]]] : []),
  ];
}

function wholeLayers(model: LayersModel, modulesToSave: TargetModules): [path: string, layer: Layer][] {
  const isWhole = matcher(modulesToSave);
  return [...layersOf(model)].filter(([path]) => isWhole(path));
}

interface WholeWeight {
  variable: LayerVariable;
  /** In a file. */
  shape: readonly number[];
  /** Where PyTorch has the weight in another order. */
  form: AdaptableLayer['form'] | undefined;
}

/** The weights of the layers that are saved whole, by PyTorch's names where it has them. */
function wholeWeights(model: LayersModel, modulesToSave: TargetModules): Map<string, WholeWeight> {
  const adaptable = adaptableLayers(model);
  const found = new Map<string, WholeWeight>();
  for (const [path, layer] of wholeLayers(model, modulesToSave)) {
    const { property, form } = adaptable.get(path) ?? {};
    const kernel = property && (layer as unknown as Record<string, LayerVariable>)[property];
    for (const variable of layer.weights) {
      const { originalName, shape } = variable as LayerVariable & { shape: readonly number[] };
      if (kernel && originalName === kernel.originalName) {
        const reordered = form!.kind === 'embedding' ? undefined : form;
        found.set(`${path}.weight`, { variable, shape: form!.shape, form: reordered });
      } else
        found.set(`${path}.${originalName.slice(originalName.lastIndexOf('/') + 1)}`, {
          variable,
          shape,
          form: undefined,
        });
    }
  }
  return found;
}
