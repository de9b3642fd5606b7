import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@llm-mde/backend';
import { alignAttention } from '@llm-mde/tooling-vitest/testing/align-attention';
import { configure, LlmMde, preset } from 'llm-mde';
import type { TestProject } from 'vitest/node';

/** The model that comes with llm-mde. */
const TRAINED = fileURLToPath(new URL('../../../../packages/models/pretrained/tiny', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * Folder of two models: `rooms` has adaptive prompts and is trained on rooms; `rooms-fixed` has fixed ones, random weights but for prototypes close
     * to words and attention that differs from patch to patch, and knows the camera.
     */
    models: string;
  }
}

/** Saves the models of all test files once. */
export default async function saveModels(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), 'llm-mde-demo-'));
  await cp(TRAINED, join(folder, 'rooms', 'best'), { recursive: true });
  await openDevice({ device: 'wasm' });
  const model = await LlmMde.create(
    configure(preset('tiny'), { prompt: { style: 'fixed' }, camera: { focalLength: 100 }, seed: 2 }),
  );
  const { reprogramming } = model.network;
  alignAttention(reprogramming, 30);
  // Each prototype is mostly one word.
  const weight = reprogramming.mapping.namedParameters().get('weight')!;
  const [prototypeCount, vocabularySize] = weight.shape as [number, number];
  const words = Float32Array.from(weight.value.dataSync());
  for (let prototype = 0; prototype < prototypeCount; prototype++) {
    words[prototype * vocabularySize + 100 + prototype] = 2;
  }
  weight.load(words);
  await model.save(join(folder, 'rooms-fixed', 'best'));
  await model.dispose();
  project.provide('models', folder);
  return () => rm(folder, { recursive: true, force: true });
}
