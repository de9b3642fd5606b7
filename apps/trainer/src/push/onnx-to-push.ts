import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LlmMdeConfiguration } from 'llm-mde';
import { readJson } from '../config/json-file.js';
import { modelDigest } from '../run/find-model.js';

/** Where `config.json` of an ONNX file names the model that it was exported from. */
export const EXPORTED_DIGEST = 'llm_mde_digest';

/**
 * What `llm-mde export --to onnx` wrote of a model: `onnx/model.onnx` and what belongs to it, by path in the repository, where the model's own
 * config.json stays at the top.
 *
 * @param model The model's folder.
 * @throws Error if it is something else, or of another model.
 */
export async function onnxToPush(
  folder: string,
  model: string,
  configuration: LlmMdeConfiguration,
): Promise<{ kind: 'baked' | 'inputs'; files: Map<string, string> }> {
  const [config, preprocessor] = [join(folder, 'config.json'), join(folder, 'preprocessor_config.json')];
  const models = existsSync(join(folder, 'onnx')) ? readdirSync(join(folder, 'onnx')) : [];
  if (!models.includes('model.onnx') || !existsSync(config) || !existsSync(preprocessor)) {
    throw new Error(
      `${folder} is not what llm-mde export --to onnx writes: expected config.json, preprocessor_config.json and onnx/model.onnx in it.`,
    );
  }
  const exported = (await readJson(config)) as Record<string, unknown>;
  if (!(await isOf(model, configuration, exported))) {
    throw new Error(
      `The ONNX file in ${folder} is of another model, or of ${model} as it was before: export it again.`,
    );
  }
  const files = new Map([
    ...models
      .filter((name) => MODEL_FILE.test(name))
      .map((name) => [`onnx/${name}`, join(folder, 'onnx', name)] as const),
    ['onnx/config.json', config],
    // Where transformers.js looks for it.
    ['preprocessor_config.json', preprocessor],
  ]);
  return { kind: exported.model_type === 'llm-mde' ? 'inputs' : 'baked', files };
}

/** Whether an exported configuration is of this model; by its size and range, where a program of one's own exported it. */
async function isOf(
  model: string,
  { maximumDepth, depthScale = 1, imageSize }: LlmMdeConfiguration,
  exported: Record<string, unknown>,
): Promise<boolean> {
  const digest = exported[EXPORTED_DIGEST];
  if (digest !== undefined) return digest === (await modelDigest(model));
  const isAsLarge = JSON.stringify(exported.image_size) === JSON.stringify(imageSize);
  return isAsLarge && exported.max_depth === Number((maximumDepth * depthScale).toPrecision(6));
}

/** Also those of smaller types, such as model_q4f16.onnx. */
const MODEL_FILE = /^model\w*\.onnx(?:_data\w*)?$/;
