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
import type { TargetModules } from '../target-modules.js';
import type { AdaptableWeight, Branch } from './adapted-weight.js';
import { type WeightAdapters, type WholeWeight, withFirstAdapter } from './weight-adapters.js';
import { numbersFor, resolveWeightsConfiguration } from './weights-configuration.js';

/** Settings of `adapter_config.json` that only adapters of weights have. */
const UNDERSTOOD = ['use_dora', 'rank_pattern', 'alpha_pattern', 'modules_to_save'];

/** What `adapter_config.json` says of models that Python does not have; absent for others. */
const FORMAT = 'base_model_format';

/** One adapter as PEFT stores it, with the weights' paths for names: a model in Python whose modules have these names loads it. */
export async function encodeWeightAdapter(
  adapters: WeightAdapters,
  { adapterName = onlyActive(adapters), baseModelName, revision, halfPrecision }: EncodeAdapterOptions,
): Promise<AdapterFiles> {
  const { general, dora, rankPattern, alphaPattern } = adapters.configuration(adapterName);
  const branches = adapters.branchesOf(adapterName);
  const tensors = new Map<string, TensorToWrite>();
  const write = (name: string, shape: readonly number[], data: Float32Array) =>
    tensors.set(`${PEFT_PREFIX}${name}`, { shape: [...shape], data, dataType: halfPrecision ? 'F16' : undefined });
  for (const [path, { branch, weight }] of branches) {
    for (const { suffix, parameter, shape } of storedParts(branch, weight)) {
      write(`${path}.${suffix}`, shape, (await parameter.read()) as Float32Array);
    }
  }
  for (const [name, { shape, read }] of adapters.whole()) {
    const values = read();
    write(name, shape, await values.data<'float32'>());
    values.dispose();
  }
  const saved = adapters.wholeNames();
  const config = writeAdapterConfig(general, {
    targets: describeTargets([...branches.keys()], [...adapters.adaptable().keys()], general.numberedLayers),
    architecture: undefined,
    baseModelName,
    revision,
    more: {
      rank_pattern: rankPattern,
      alpha_pattern: alphaPattern,
      modules_to_save: saved.length > 0 ? saved : null,
      ...(dora && { use_dora: true }),
      ...(adapters.format !== undefined && { [FORMAT]: adapters.format }),
    },
  });
  return { config, weights: encodeSafetensors(tensors, { metadata: { format: 'pt' } }) };
}

/** A kind of model, and how its weights are adapted. */
export interface ModelKind<Model, Adapters extends WeightAdapters<Weight>, Weight extends AdaptableWeight> {
  format: string | undefined;
  adaptable(model: Model): Map<string, Weight>;
  whole(model: Model, modulesToSave: TargetModules): Map<string, WholeWeight>;
  Adapters: new (model: Model, modulesToSave: TargetModules) => Adapters;
}

/**
 * Attaches an adapter that `encodeWeightAdapter` or PEFT wrote. Nothing has changed if it throws.
 * @param present The handle to add it to; without, a new one is made.
 */
export async function attachToWeights<Model, Adapters extends WeightAdapters<Weight>, Weight extends AdaptableWeight>(
  { format, adaptable, whole: wholeOf, Adapters }: ModelKind<Model, Adapters, Weight>,
  model: Model,
  present: Adapters | undefined,
  source: OpenAdapter,
  { adapterName = 'default', trainable = false }: DecodeAdapterOptions,
): Promise<Adapters> {
  const { config, configName, weights, weightsName } = source;
  const general = readAdapterConfig(config, configName, UNDERSTOOD);
  const { use_dora, rank_pattern, alpha_pattern, modules_to_save, [FORMAT]: savedFormat } = config as AdapterConfig;
  if (savedFormat !== undefined && savedFormat !== format) {
    throw new Error(
      `${configName} says "${FORMAT}": ${JSON.stringify(savedFormat)}: the adapter is for another kind of model.`,
    );
  }
  const modulesToSave = (modules_to_save ?? []) as string[];
  const configuration = resolveWeightsConfiguration({
    rank: general.rank,
    alpha: general.alpha,
    rankStabilized: general.rankStabilized,
    ...general.numberedLayers,
    dora: use_dora === true,
    rankPattern: (rank_pattern ?? {}) as Record<string, number>,
    alphaPattern: (alpha_pattern ?? {}) as Record<string, number>,
  });
  const adaptableWeights = adaptable(model);
  const expected = new Map<string, { path: string; shape: readonly number[] }>();
  for (const [path, weight] of adaptableWeights) {
    const { rank } = numbersFor(configuration, path);
    for (const [suffix, shape] of shapesOf(weight, rank, configuration.dora))
      expected.set(`${path}.${suffix}`, { path, shape });
  }
  const whole = wholeOf(model, modulesToSave);
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
  const add = (adapters: Adapters) =>
    adapters.addConfigured(
      adapterName,
      configuration,
      [...adaptableWeights.values()].filter(({ path }) => adaptedPaths.has(path)),
    );
  const isFirst = !present || present.adapterNames.length === 0;
  const adapters = present ?? withFirstAdapter(new Adapters(model, modulesToSave), add);
  if (present) add(present);
  for (const [path, { branch, weight }] of adapters.branchesOf(adapterName)) {
    for (const { suffix, parameter } of storedParts(branch, weight)) parameter.load(found.get(`${path}.${suffix}`)!);
  }
  for (const [name, { shape, write }] of whole) {
    const values = found.get(name);
    if (values) tf.tidy(() => write(tf.tensor(values, [...shape])));
  }
  if (isFirst) adapters.setAdapter(adapterName, { trainable });
  return adapters;
}

/** What PEFT calls the parts of a branch, and their shapes there. */
function storedParts({ A, B, magnitude, rank }: Branch, weight: AdaptableWeight) {
  const parameters: (Parameter | undefined)[] = [A, B, magnitude];
  return shapesOf(weight, rank, magnitude !== undefined).map(([suffix, shape], index) => ({
    suffix,
    shape,
    parameter: parameters[index]!,
  }));
}

function shapesOf({ form }: AdaptableWeight, rank: number, dora: boolean): [suffix: string, shape: number[]][] {
  const { kind, rows, shape } = form;
  const [a, b] = kind === 'embedding' ? ['lora_embedding_A', 'lora_embedding_B'] : ['lora_A.weight', 'lora_B.weight'];
  const magnitude = kind === 'convolution' ? [1, rows, ...shape.slice(2).map(() => 1)] : [rows];
  return [
    [a!, form.shapeOfA(rank)],
    [b!, form.shapeOfB(rank)],
    ...(dora ? [['lora_magnitude_vector', magnitude] as [string, number[]]] : []),
  ];
}
