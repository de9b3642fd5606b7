import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { configure, LlmMde, preset } from 'llm-mde';
import { expect, it } from 'vitest';
import { INITIAL_STATE, loadOptimizer, readTrainingState, saveCheckpoint } from './checkpoint.js';

const temporary = temporaryFolder();

it('refuses a checkpoint in which one bit of any file changed, by the name of the file', async () => {
  const device = await openDevice();
  const folder = join(temporary.path, 'last');
  const model = await LlmMde.create(configure(preset('tiny'), { imageSize: 16, head: { channels: [8] } }));
  await saveCheckpoint(folder, model, INITIAL_STATE);
  const resume = async () => {
    const state = await readTrainingState(folder);
    const loaded = await LlmMde.load(folder);
    await loadOptimizer(folder, loaded).finally(() => loaded.dispose());
    return state;
  };
  expect(await resume()).toEqual(INITIAL_STATE);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    return statSync(join(folder, name)).isFile();
  });
  expect(files).toHaveLength(11);
  for (const name of files) {
    const whole = readFileSync(join(folder, name));
    const damaged = Buffer.from(whole);
    damaged[Math.floor(whole.length * 0.7)]! ^= 2;
    writeFileSync(join(folder, name), damaged);
    await expect(resume(), name).rejects.toThrow(name);
    writeFileSync(join(folder, name), whole);
  }
  await model.dispose();
  await device.close();
});
