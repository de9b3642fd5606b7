import { expect, it } from 'vitest';
import { type ConfigurationSources, resolveConfiguration } from '../config/resolve.js';
import { trainingCommand } from './training-command.js';

const commandOf = async (sources: ConfigurationSources) => trainingCommand(await resolveConfiguration(sources));
const set = (...settings: string[]) => ({ set: settings });

it.each<[ConfigurationSources, string]>([
  [{}, 'llm-mde train'],
  [{ preset: 'small' }, 'llm-mde train --preset small'],
  [
    { preset: 'paper', ...set('data.path="/home/anna/nyu_depth_v2_labeled.mat"', 'training.epochs=3') },
    'llm-mde train --preset paper --data nyu_depth_v2_labeled.mat --set training.epochs=3',
  ],
  [set('model.seed=4', 'training.seed=4'), 'llm-mde train --seed 4'],
  [
    set('data.path="/home/anna/my rooms"', 'data.train="/home/anna/lists/train.txt"', 'training.augmentation=null'),
    "llm-mde train --data 'my rooms' --set data.train=train.txt --set training.augmentation=null",
  ],
  [
    set(
      'data.images=["/home/anna/a/*.png","rgb/*.png"]',
      'data.intrinsics="/home/anna/camera.txt"',
      'data.scene="/(b)"',
    ),
    `llm-mde train --set 'data.images=["*.png","rgb/*.png"]' --set data.intrinsics=camera.txt --set 'data.scene=/(b)'`,
  ],
  [set('training.initFrom=null'), 'llm-mde train --set training.initFrom=null'],
  [
    set('model.vision.pretrained="/home/anna/vit"', 'model.language.pretrained="anna/bert"'),
    'llm-mde train --set model.vision.pretrained=vit --set model.language.pretrained=anna/bert',
  ],
])('%j is %s, without folders', async (sources, command) => {
  expect(await commandOf(sources)).toBe(command);
});

it('of a model that is trained on says which, and what is set otherwise than in it', async () => {
  const modules = '["vision","language","reprogramming","head"]';
  const { findModel } = await import('../run/find-model.js');
  const from = await findModel('tiny');
  const initFrom = `training.initFrom={"model":${JSON.stringify(from)},"modules":${modules}}`;
  expect(await commandOf({ from, ...set(initFrom, 'data.path="/tmp/hall"', 'training.epochs=7') })).toBe(
    'llm-mde train --data hall --from tiny --set training.epochs=7',
  );
  // The model it began with is gone: by the nearest preset.
  expect(await commandOf(set(initFrom.replace(from, '/gone/hall')))).toMatch(/^llm-mde train --from hall/);
});
