import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@llm-mde/backend';
import { configure, LlmMde, preset } from 'llm-mde';
import type { TestProject } from 'vitest/node';

/** The model that comes with llm-mde. */
const TRAINED = fileURLToPath(new URL('../../../../packages/models/pretrained/tiny', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of two models: `rooms` has adaptive prompts and is trained on rooms, `rooms-fixed` has fixed ones, random weights, and knows the camera. */
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
  await model.save(join(folder, 'rooms-fixed', 'best'));
  await model.dispose();
  project.provide('models', folder);
  return () => rm(folder, { recursive: true, force: true });
}
