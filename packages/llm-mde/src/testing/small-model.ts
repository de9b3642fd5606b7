import { onTestFinished } from 'vitest';
import { configure, type LlmMdeConfiguration, type LlmMdeOptions } from '../configuration/configuration.js';
import { preset } from '../configuration/presets.js';
import { LlmMde } from '../llm-mde.js';

/** The preset `tiny` made smaller still, for tests that compile it many times: towers of one layer, and 4×4 patches. */
export function smallConfiguration(...changes: LlmMdeOptions[]): LlmMdeConfiguration {
  const { vision, language } = preset('tiny');
  return configure(
    preset('tiny'),
    {
      imageSize: 32,
      vision: { configuration: { ...vision.configuration!, layerCount: 1 } },
      language: { configuration: { ...language.configuration!, layerCount: 1 } },
      head: { channels: [12, 8] },
    },
    ...changes,
  );
}

/** A new model, disposed after the test that makes it. */
export async function createModel(...parameters: Parameters<typeof LlmMde.create>): Promise<LlmMde> {
  return disposedAfterTest(await LlmMde.create(...parameters));
}

/** A saved model, disposed after the test that loads it. */
export async function loadModel(...parameters: Parameters<typeof LlmMde.load>): Promise<LlmMde> {
  return disposedAfterTest(await LlmMde.load(...parameters));
}

function disposedAfterTest(model: LlmMde): LlmMde {
  onTestFinished(() => model.dispose());
  return model;
}

/** Values for the factors that new adapters have as zeros, as if they had been trained. */
export function giveAdaptersValues({ network: { adapters } }: LlmMde): void {
  for (const [name, parameter] of Object.values(adapters).flatMap((each) => [...each.namedParameters()])) {
    if (!name.includes('lora_B')) continue;
    parameter.load(Float32Array.from({ length: parameter.size }, (_, index) => Math.sin(index + name.length) / 8));
  }
}
