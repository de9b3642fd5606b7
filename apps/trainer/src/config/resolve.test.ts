import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelFolder } from '@llm-mde/models';
import { describe, expect, it } from 'vitest';
import { checkTrainingConfiguration, resolveConfiguration } from './resolve.js';
import { configurationSchema } from './schema.js';

describe('resolveConfiguration', () => {
  it('changes single keys of a preset; values are JSON, or text', async () => {
    const { data, training, model } = await resolveConfiguration({
      preset: 'paper',
      set: [
        'data.path=my rooms',
        'training.batchSize=16',
        'model.prompt.style=none',
        'training.augmentation.photometric={}',
      ],
    });
    expect(training.augmentation).toEqual({ photometric: {} });
    expect([data.path, training.batchSize, model.prompt.style]).toEqual(['my rooms', 16, 'none']);
    expect(training.epochs).toBe(50);
  });

  it('takes the configuration of a saved model, and the training of the preset with such towers', async () => {
    const tiny = (await modelFolder('tiny'))!;
    const { model, training } = await resolveConfiguration({ from: tiny, set: ['training.epochs=2'] });
    const saved = JSON.parse(await readFile(join(tiny, 'config.json'), 'utf8'));
    expect({ model_type: 'llm-mde', format_version: 1, ...model }).toEqual(saved);
    const preset = await resolveConfiguration({ preset: 'tiny' });
    expect(training).toEqual({ ...preset.training, epochs: 2 });
    expect(model).not.toEqual(preset.model);
    const photographs = await resolveConfiguration({
      from: (await modelFolder('rooms-small'))!,
    });
    expect(photographs.model.camera).toEqual({ focalLength: 194 });
    expect(photographs.training).toMatchObject({ epochs: 100, batchSize: 4, earlyStoppingPatience: 30 });
    expect(photographs.data.depthSize).toEqual([160, 120]);
    expect(photographs.model.optimization.averageDecay).toBe(0.98);
  });

  it.each([
    ['training.epoch=3', 'there is no key "training.epoch"; known keys are initFrom, epochs,'],
    ['training.epochs=0', '"training.epochs" is 0'],
    ['model.prompt.style=long', '"prompt.style" is "long", but should be one of'],
    ['training.augmentation.photometric={"jpegQuality":0}', '"training.augmentation.photometric.jpegQuality" is 0'],
    ['model.prompt.stile=none', 'there is no key "prompt.stile"'],
    ['epochs', 'should be key=value'],
  ])('names the key of %s', async (setting, message) => {
    await expect(resolveConfiguration({ set: [setting] })).rejects.toThrow(message);
  });

  it('reads a run whose keys had other names', async () => {
    const { data, ...rest } = await resolveConfiguration({
      set: ['data.metresPerUnit=0.0002', 'data.encoding=sun-rgbd'],
    });
    const { metresPerUnit, encoding, images, depths, pairing, invalid, exrChannel, scene, ...old } = data;
    const started = { ...rest, data: { ...old, depthScale: 0.0002, depthEncoding: 'sun-rgbd' } };
    expect(checkTrainingConfiguration(started, 'configuration.json').data).toEqual(data);
  });

  it('has a JSON schema in which every key of the presets is known', async () => {
    const schema = configurationSchema();
    const { model, ...sections } = await resolveConfiguration({});
    const known = JSON.stringify(schema);
    for (const section of [model, ...Object.values(sections)]) {
      for (const key of Object.keys(section)) expect(known).toContain(`"${key}":`);
    }
  });
});
