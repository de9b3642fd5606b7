import type { Module } from '@llm-mde/nn';
import { linearsOf } from './target-modules.js';

/**
 * An architecture whose modules have other names in PEFT's files than in checkpoints. transformers 5 renamed the modules of ViT and
 * DINOv2 in memory, and PEFT writes those names; checkpoints, and the modules here, keep the names of transformers 4.
 */
export interface Architecture {
  /** The class of the Python model, and the module it lies in: PEFT's `auto_mapping`. */
  readonly pythonClass: string;
  readonly pythonModule: string;
  readonly defaultTargets: readonly string[];
  /** Where the layers are: here, and in the Python model's memory. */
  readonly layers: string;
  readonly pythonLayers: string;
  /** Whether the weights of its Linears are stored as [in,out]: PEFT's `fan_in_fan_out`. */
  readonly fanInFanOut: boolean;
  /** Names within a layer, as checkpoints have them and as the Python model has them in memory, where one Linear may be several. */
  readonly renamed: ReadonlyMap<string, readonly string[]>;
}

const ATTENTION: readonly (readonly [string, readonly string[]])[] = [
  ['attention.attention.query', ['attention.q_proj']],
  ['attention.attention.key', ['attention.k_proj']],
  ['attention.attention.value', ['attention.v_proj']],
  ['attention.output.dense', ['attention.o_proj']],
];

const ENCODER = { layers: 'encoder.layer', fanInFanOut: false };

const VIT: Architecture = {
  ...ENCODER,
  pythonClass: 'ViTModel',
  pythonModule: 'transformers.models.vit.modeling_vit',
  defaultTargets: ['query', 'value'],
  pythonLayers: 'layers',
  renamed: new Map([...ATTENTION, ['intermediate.dense', ['mlp.fc1']], ['output.dense', ['mlp.fc2']]]),
};

const DINOV2: Architecture = {
  ...ENCODER,
  pythonClass: 'Dinov2Model',
  pythonModule: 'transformers.models.dinov2.modeling_dinov2',
  defaultTargets: ['query', 'value'],
  pythonLayers: 'encoder.layer',
  // SwiGLU's first Linear computes gate and input together; in memory they are two.
  renamed: new Map([
    ...ATTENTION,
    ['mlp.weights_in', ['mlp.gate_proj', 'mlp.up_proj']],
    ['mlp.weights_out', ['mlp.down_proj']],
  ]),
};

const BERT: Architecture = {
  ...ENCODER,
  pythonClass: 'BertModel',
  pythonModule: 'transformers.models.bert.modeling_bert',
  defaultTargets: ['query', 'key', 'value'],
  pythonLayers: 'encoder.layer',
  renamed: new Map(),
};

const DECODER = {
  defaultTargets: ['q_proj', 'v_proj'],
  layers: 'layers',
  pythonLayers: 'layers',
  fanInFanOut: false,
  renamed: new Map(),
};

const LLAMA: Architecture = {
  ...DECODER,
  pythonClass: 'LlamaModel',
  pythonModule: 'transformers.models.llama.modeling_llama',
};

const QWEN2: Architecture = {
  ...DECODER,
  pythonClass: 'Qwen2Model',
  pythonModule: 'transformers.models.qwen2.modeling_qwen2',
};

const GPT2: Architecture = {
  pythonClass: 'GPT2Model',
  pythonModule: 'transformers.models.gpt2.modeling_gpt2',
  defaultTargets: ['c_attn'],
  layers: 'h',
  pythonLayers: 'h',
  fanInFanOut: true,
  renamed: new Map(),
};

/** The architecture of a module, told by the names of its parameters; undefined for any other module. */
export function architectureOf(module: Module): Architecture | undefined {
  const state = module.namedState();
  const layerHas = (name: string) => state.has(`encoder.layer.0.${name}.weight`);
  if (layerHas('attention.self.query')) return BERT;
  if (layerHas('attention.attention.query') && layerHas('layernorm_before')) return VIT;
  if (layerHas('attention.attention.query') && layerHas('norm1')) return DINOV2;
  if (state.has('h.0.attn.c_attn.weight')) return GPT2;
  if (state.has('layers.0.self_attn.q_proj.weight')) {
    // Llama has biases on all four projections, or on none.
    const hasBias = (name: string) => state.has(`layers.0.self_attn.${name}.bias`);
    return hasBias('q_proj') && !hasBias('o_proj') ? QWEN2 : LLAMA;
  }
  return undefined;
}

/** @throws if the architecture is not known. */
export function defaultTargetModules(module: Module): readonly string[] {
  const architecture = architectureOf(module);
  if (architecture) return architecture.defaultTargets;
  const examples = [...linearsOf(module).keys()].slice(0, 8).join(', ');
  throw new Error(
    `${module.constructor.name} is none of ViT, DINOv2, BERT, Llama, Qwen2 and GPT-2, so LoRA does not know what to adapt: name targetModules. ` +
      `Its Linear layers: ${examples || 'none'}.`,
  );
}

/**
 * What today's transformers and PEFT call the module that is called `path` here: several names where a Linear is several there, whose
 * outputs follow each other.
 */
export function toPythonPaths(path: string, architecture: Architecture | undefined): string[] {
  const [, layer, name] = /^(?:encoder\.layer|layers|h)\.(\d+)\.(.+)$/.exec(path) ?? [];
  if (!architecture || layer === undefined || name === undefined) return [path];
  const pythonNames = architecture.renamed.get(name) ?? [name];
  return pythonNames.map((pythonName) => `${architecture.pythonLayers}.${layer}.${pythonName}`);
}

/**
 * What a module is called here, from its path in a PEFT file of any generation, and which part of it that is where a Linear is several in
 * Python; also where the Python model was the backbone of another, such as `vit` in ViTForImageClassification.
 */
export function fromPythonPath(
  pythonPath: string,
  architecture: Architecture | undefined,
): { path: string; part?: number } {
  if (!architecture) return { path: pythonPath };
  const inBackbone = pythonPath.replace(/^(vit|dinov2|bert|model|transformer)\./, '');
  const [, layer, name] = /^(?:encoder\.layer|layers|h)\.(\d+)\.(.+)$/.exec(inBackbone) ?? [];
  if (layer === undefined || name === undefined) return { path: inBackbone };
  const [original, names] = [...architecture.renamed].find(([, pythonNames]) => pythonNames.includes(name)) ?? [name];
  return { path: `${architecture.layers}.${layer}.${original}`, ...(names && { part: names.indexOf(name) }) };
}
