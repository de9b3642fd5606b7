import type * as tf from '@tensorflow/tfjs-core';
import { matcher, type TargetModules } from '../target-modules.js';
import type { AdaptableWeight } from '../weight-adapters/adapted-weight.js';
import {
  convolutionForm,
  depthwiseForm,
  einsumForm,
  embeddingForm,
  lastAxisForm,
  linearForm,
  type WeightForm,
} from '../weight-adapters/weight-form.js';

/** What is used of a `tf.LayersModel` or `tf.Sequential`. */
export interface LayersModel {
  layers: readonly { name: string; getClassName(): string }[];
}

/** What is used of a layer's variable. */
export interface LayerVariable {
  /** Without what makes it unique. */
  readonly originalName: string;
  readonly shape: readonly (number | null)[];
  trainable: boolean;
  read(): tf.Tensor;
  write(values: tf.Tensor): unknown;
}

/** What is used of a layer beyond its public types. */
export interface Layer {
  readonly name: string;
  readonly weights: LayerVariable[];
  trainableWeights: LayerVariable[];
  readonly layers?: readonly Layer[];
  /** Its own, without those of layers inside of it. */
  readonly _trainableWeights?: LayerVariable[];
  readonly _nonTrainableWeights?: LayerVariable[];
  getClassName(): string;
  call(inputs: unknown, options: unknown): tf.Tensor | tf.Tensor[];
}

/** A weight of a layer that an adapter can change. */
export interface AdaptableLayer extends AdaptableWeight {
  /** Those by which it can be named: its own path, and those of the layers that it lies in, from the model's layer on. */
  names: readonly string[];
  /** The model's layer that it lies in, which may hold further layers. */
  layer: Layer;
  /** What holds the variable, and under which property. */
  holder: Record<string, LayerVariable>;
  property: string;
  /** Whether the layer computes what PyTorch's Linear does. */
  isLinear: boolean;
}

/** A layer that cannot be adapted, and why. */
interface UnadaptableLayer {
  path: string;
  reason: string;
}

/** The layers with one weight which can be adapted, and the property that holds it. */
const SINGLE_WEIGHTS: Readonly<Record<string, readonly [property: string, form: typeof convolutionForm]>> = {
  Dense: ['kernel', (shape) => linearForm(shape)],
  Conv1D: ['kernel', convolutionForm],
  Conv2D: ['kernel', convolutionForm],
  Conv3D: ['kernel', convolutionForm],
  DepthwiseConv2D: ['depthwiseKernel', depthwiseForm],
  Embedding: ['embeddings', embeddingForm],
};

export function isLayersModel(model: unknown): model is LayersModel {
  const { layers } = (model ?? {}) as Partial<LayersModel>;
  return Array.isArray(layers) && layers.every((layer) => typeof layer?.getClassName === 'function');
}

/** What is used of a `tf.Sequential` beside its layers. */
interface Sequential {
  readonly inputs: readonly unknown[];
  /** Once it is built. */
  readonly model?: unknown;
  getClassName(): string;
  build(): void;
}

/**
 * All layers, those of nested models too, by path. A `tf.Sequential` is built first: that would make all weights trainable again.
 */
export function layersOf(model: LayersModel, prefix = ''): Map<string, Layer> {
  const sequential = model as Partial<Sequential>;
  if (sequential.getClassName?.() === 'Sequential' && !sequential.model && sequential.inputs!.length > 0)
    sequential.build!();
  const found = new Map<string, Layer>();
  for (const layer of model.layers as readonly Layer[]) {
    const path = `${prefix}${layer.name}`;
    if (layer.layers) for (const [inner, each] of layersOf(layer as LayersModel, `${path}.`)) found.set(inner, each);
    else found.set(path, layer);
  }
  return found;
}

/**
 * A layer and those inside of it, which it holds as its properties, by path: the cells of recurrent layers (`lstm.cell`), the wrapped ones
 * (`bidirectional.forwardLayer`) and those of layers that users write.
 */
export function layersInside(layer: Layer, path: string, seen = new Set<unknown>()): Map<string, Layer> {
  seen.add(layer);
  const found = new Map([[path, layer]]);
  for (const { name, value } of valuesIn(layer)) {
    // Bidirectional copies its layer and does not use it.
    if (!isLayer(value) || seen.has(value) || (name === 'layer' && 'forwardLayer' in layer)) continue;
    const inner = value.layers
      ? [...layersOf(value as LayersModel, `${path}.${name}.`)]
      : [[`${path}.${name}`, value] as const];
    for (const [innerPath, each] of inner) for (const entry of layersInside(each, innerPath, seen)) found.set(...entry);
  }
  return found;
}

/** All variables of a layer and of those inside of it, by the path of the layer that has them. */
export function variablesOf(layer: Layer, path: string): { path: string; variable: LayerVariable }[] {
  const found = [...layersInside(layer, path)].flatMap(
    ([inner, { _trainableWeights = [], _nonTrainableWeights = [] }]) =>
      [..._trainableWeights, ..._nonTrainableWeights].map((variable) => ({ path: inner, variable })),
  );
  const others = layer.weights.filter(
    (variable) => !('isOfAdapter' in variable) && !found.some((each) => each.variable === variable),
  );
  return [...found, ...others.map((variable) => ({ path, variable }))];
}

/** @throws if a layer of the model has no weights yet. */
export function adaptableLayers(model: LayersModel): Map<string, AdaptableLayer> {
  return lookThrough(model).adaptable;
}

/**
 * The weights that the targets select, apart from those of layers that are trained as a whole.
 * @throws if there are none, or a list names a layer that cannot be adapted.
 */
export function selectLayers(
  model: LayersModel,
  targets: 'all-linear' | TargetModules,
  modulesToSave: TargetModules,
): AdaptableLayer[] {
  const { adaptable, others } = lookThrough(model);
  const isWhole = matcher(modulesToSave);
  const all = [...adaptable.values()];
  const isTarget = targets === 'all-linear' ? undefined : matcher(targets);
  const selected = all.filter(
    ({ names, isLinear }) => (isTarget ? names.some(isTarget) : isLinear) && !isWhole(names[0]!),
  );
  const refused = isTarget && Array.isArray(targets) && others.find(({ path }) => isTarget(path));
  if (refused) throw new Error(`LoRA cannot adapt the layer ${refused.path}: ${refused.reason}`);
  if (selected.length > 0) return selected;
  const paths = all.map(({ path }) => path).join(', ');
  throw new Error(
    paths === ''
      ? 'The model has no layer with a weight of two or more axes, so there is nothing for LoRA to adapt.'
      : `No layer matches the target modules ${String(targets)}. Layers that can be adapted: ${paths}.`,
  );
}

function lookThrough(model: LayersModel): { adaptable: Map<string, AdaptableLayer>; others: UnadaptableLayer[] } {
  const adaptable = new Map<string, AdaptableLayer>();
  const others: UnadaptableLayer[] = [];
  const seen = new Set<unknown>();
  for (const [layerPath, layer] of layersOf(model)) {
    if (seen.has(layer)) continue;
    const inside = layersInside(layer, layerPath, seen);
    const before = adaptable.size;
    for (const [path, each] of inside) {
      const single = SINGLE_WEIGHTS[each.getClassName()];
      if (single && !heldWeights(each).has(single[0])) {
        const reason = 'has no weights yet: build the model first, such as by an inputShape of its first layer.';
        if (each === layer) throw new Error(`The layer ${path} ${reason}`);
        others.push({ path, reason: `it ${reason}` });
        continue;
      }
      for (const [name, { holder, property, variable }] of heldWeights(each)) {
        if (single && name !== single[0]) continue;
        const found = formOf(each, name, variable.shape as number[]);
        if (!found) continue;
        const weightPath = single || found.isLinear ? path : `${path}.${name}`;
        const names = [...inside.keys()].filter((outer) => weightPath === outer || weightPath.startsWith(`${outer}.`));
        if (weightPath !== path) names.push(weightPath);
        adaptable.set(weightPath, { path: weightPath, names, layer, holder, property, ...found });
      }
    }
    if (adaptable.size === before) others.push({ path: layerPath, reason: reasonOf(layer, layerPath) });
  }
  return { adaptable, others };
}

function reasonOf(layer: Layer, path: string): string {
  const large = variablesOf(layer, path).find(({ variable }) => variable.shape.length > 1);
  return large
    ? `a ${layer.getClassName()} does not hold its weight "${large.variable.originalName}" as a property, where it could be replaced.`
    : `a ${layer.getClassName()} has no weight of two or more axes.`;
}

/** The form of a weight; undefined where an adapter cannot change it. */
function formOf(
  layer: Layer,
  name: string,
  shape: readonly number[],
): { form: WeightForm; isLinear: boolean } | undefined {
  const className = layer.getClassName();
  const single = SINGLE_WEIGHTS[className];
  if (single) return { form: single[1](shape), isLinear: className === 'Dense' };
  if (shape.length < 2) return undefined;
  if (className === 'EinsumDense' && name === 'kernel') {
    const form = einsumForm((layer as unknown as { equation: string }).equation, 1, shape);
    return form && { form, isLinear: true };
  }
  return { form: name === 'depthwiseKernel' ? depthwiseForm(shape) : lastAxisForm(shape), isLinear: false };
}

/** The variables that a layer trains and holds as properties or in lists, by name: `kernel`, `kernels.0`; without the underscore of private ones. */
function heldWeights(
  layer: Layer,
): Map<string, { holder: Record<string, LayerVariable>; property: string; variable: LayerVariable }> {
  const found = new Map<string, { holder: Record<string, LayerVariable>; property: string; variable: LayerVariable }>();
  for (const { name, holder, property, value } of valuesIn(layer)) {
    if (!isVariable(value) || layer._nonTrainableWeights?.includes(value)) continue;
    found.set(name.replace(/^_/, ''), { holder: holder as Record<string, LayerVariable>, property, variable: value });
  }
  return found;
}

/** The properties of a layer, and the elements of those that are lists, but for the layer's lists of all its variables. */
function valuesIn(layer: Layer) {
  return Object.entries(layer).flatMap(([name, value]) => {
    if (name === '_trainableWeights' || name === '_nonTrainableWeights') return [];
    if (!Array.isArray(value)) return [{ name, holder: layer as unknown, property: name, value: value as unknown }];
    return value.map((each: unknown, index) => ({
      name: `${name}.${index}`,
      holder: value as unknown,
      property: String(index),
      value: each,
    }));
  });
}

function isLayer(value: unknown): value is Layer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'trainableWeights' in value &&
    typeof (value as Partial<Layer>).getClassName === 'function' &&
    typeof (value as Partial<Layer>).call === 'function'
  );
}

function isVariable(value: unknown): value is LayerVariable {
  const { read, write, originalName } = (typeof value === 'object' && value ? value : {}) as Partial<LayerVariable>;
  return typeof read === 'function' && typeof write === 'function' && typeof originalName === 'string';
}
