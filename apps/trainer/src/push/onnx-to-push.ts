import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LlmMdeConfiguration } from 'llm-mde';
import { readJson } from '../config/json-file.js';

/** What `llm-mde export --to onnx` wrote: `onnx/model.onnx` and what belongs to it, by path in the repository. The model's own config.json stays at the top. */
export async function onnxToPush(folder: string, configuration: LlmMdeConfiguration): Promise<Map<string, string>> {
  const [config, preprocessor] = [join(folder, 'config.json'), join(folder, 'preprocessor_config.json')];
  const models = existsSync(join(folder, 'onnx')) ? readdirSync(join(folder, 'onnx')) : [];
  if (!models.includes('model.onnx') || !existsSync(config) || !existsSync(preprocessor)) {
    throw new Error(
      `${folder} is not what llm-mde export --to onnx writes: expected config.json, preprocessor_config.json and onnx/model.onnx in it.`,
    );
  }
  const { image_size: imageSize, max_depth: maximumDepth } = (await readJson(config)) as Record<string, unknown>;
  const most = Number((configuration.maximumDepth * (configuration.depthScale ?? 1)).toPrecision(6));
  if (JSON.stringify(imageSize) !== JSON.stringify(configuration.imageSize) || maximumDepth !== most) {
    throw new Error(
      `The ONNX file in ${folder} is of another model: its image size or maximum depth differs. Export this one again.`,
    );
  }
  return new Map([
    ...models
      .filter((name) => MODEL_FILE.test(name))
      .map((name) => [`onnx/${name}`, join(folder, 'onnx', name)] as const),
    ['onnx/config.json', config],
    // Where transformers and transformers.js look for it.
    ['preprocessor_config.json', preprocessor],
  ]);
}

/** Also those of smaller types, such as model_q4f16.onnx. */
const MODEL_FILE = /^model\w*\.onnx(?:_data\w*)?$/;
