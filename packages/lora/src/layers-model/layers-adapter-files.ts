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
import { matcher, targetNames } from '../target-modules.js';
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
  const saved = savedLayers(adapters);
  for (const [path, layer] of saved) {
    for (const { name, variable, form } of storedWeights(path, layer, adapters.model)) {
      const values = tf.tidy(() =>
        form && form.kind !== 'embedding' ? form.fromLayer(variable.read()) : tf.clone(variable.read()),
      );
      write(`${path}.${name}`, [...(form?.shape ?? (variable.shape as number[]))], await values.data<'float32'>());
      values.dispose();
    }
  }
  const config = writeAdapterConfig(general, {
    targetNames: targetNames([...branches.keys()], [...adaptableLayers(adapters.model).keys()]),
    architecture: undefined,
    baseModelName,
    revision,
    more: {
      rank_pattern: rankPattern,
      alpha_pattern: alphaPattern,
      modules_to_save: saved.size > 0 ? [...saved.keys()] : null,
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
  const options = {
    rank: general.rank,
    alpha: general.alpha,
    rankStabilized: general.rankStabilized,
    dora: use_dora === true,
    rankPattern: (rank_pattern ?? {}) as Record<string, number>,
    alphaPattern: (alpha_pattern ?? {}) as Record<string, number>,
  };
  const configuration = resolveLayersConfiguration(options);
  const model = target instanceof LayersAdapters ? target.model : target;
  const layers = adaptableLayers(model);
  const expected = new Map<string, { path: string; shape: readonly number[] }>();
  for (const [path, layer] of layers) {
    const { rank } = numbersFor(configuration, path);
    const columns = shapesOf(layer, rank, options.dora);
    for (const [suffix, shape] of columns) expected.set(`${path}.${suffix}`, { path, shape });
  }
  const whole = new Map<string, ReturnType<typeof storedWeights>[number]>(
    [...layersOf(model)]
      .filter(([path]) => matcher(modulesToSave)(path))
      .flatMap(([path, layer]) =>
        storedWeights(path, layer, model).map((each) => [`${path}.${each.name}`, each] as const),
      ),
  );
  const found = new Map<string, Float32Array>();
  const adaptedPaths = new Set<string>();
  for (const [key, { shape }] of weights.tensors) {
    const name = key.startsWith(PEFT_PREFIX) ? key.slice(PEFT_PREFIX.length) : key;
    const part = expected.get(name);
    const kept = whole.get(name);
    const wanted = part?.shape ?? (kept && (kept.form?.shape ?? (kept.variable.shape as number[])));
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
  const adapters = target instanceof LayersAdapters ? target : new LayersAdapters(target, modulesToSave);
  const isFirst = adapters.adapterNames.length === 0;
  adapters.addAdapter(adapterName, { ...options, targetModules: (path) => adaptedPaths.has(path) });
  for (const [path, { branch, layer }] of adapters.branchesOf(adapterName)) {
    for (const { suffix, parameter } of storedParts(branch, layer)) parameter.load(found.get(`${path}.${suffix}`)!);
  }
  for (const [name, { variable, form }] of whole) {
    const values = found.get(name);
    if (!values) continue;
    tf.tidy(() => {
      if (form && form.kind !== 'embedding')
        variable.write(form.toLayer(tf.tensor2d(values, [form.rows, form.columns])));
      else variable.write(tf.tensor(values, variable.shape as number[]));
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

function savedLayers({ model, modulesToSave }: LayersAdapters): Map<string, Layer> {
  return new Map([...layersOf(model)].filter(([path]) => matcher(modulesToSave)(path)));
}

/** The weights of a layer that is saved whole, by PyTorch's names where it has them. */
function storedWeights(path: string, layer: Layer, model: LayersModel) {
  const adaptable = adaptableLayers(model).get(path);
  const kernel = adaptable && (layer as unknown as Record<string, LayerVariable>)[adaptable.property]!;
  return layer.weights.map((variable) => {
    const isKernel = variable.originalName === kernel?.originalName;
    const own = variable.originalName.slice(variable.originalName.lastIndexOf('/') + 1);
    return { name: isKernel ? 'weight' : own, variable, form: isKernel ? adaptable!.form : undefined };
  });
}
