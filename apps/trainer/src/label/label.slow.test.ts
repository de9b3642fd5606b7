import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateFrame, SCENE_TYPES } from '@llm-mde/rooms';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { llmMde } from '../testing/llm-mde.js';

const folder = folderOfFile();
const [photos, teacher, labeled, run] = ['photos', 'teacher', 'labeled', 'run'].map((name) => join(folder, name));

it('a model that is trained on 20 labeled photos agrees with its teacher better than the baselines do', async () => {
  mkdirSync(photos!);
  for (let index = 0; index < 20; index++) {
    const sceneType = SCENE_TYPES[index % SCENE_TYPES.length]!;
    const { image } = generateFrame({ sceneType, seed: 5, width: 160, height: 120 });
    await sharp(image.data, { raw: image })
      .jpeg()
      .toFile(join(photos!, `${index}.jpg`));
  }
  await llmMde('export', 'tiny', '--to', 'onnx', '--out', teacher!, '--prompt', 'A room.');
  const { stdout } = await llmMde('data', 'label', photos!, '--teacher', teacher!, '--out', labeled!);
  expect(stdout).toContain('Labeled 20 of 20 photos');
  const options = [
    'data.splitBy=frame',
    'training.epochs=60',
    'training.batchSize=4',
    'training.warmupSteps=5',
    'training.earlyStoppingPatience=null',
  ].flatMap((option) => ['--set', option]);
  const { stderr } = await llmMde('train', '--data', labeled!, '--out', run!, ...options);
  expect(stderr).toBe('');
  const { model, mean, meanPerPixel, frames } = JSON.parse(readFileSync(join(run!, 'results.json'), 'utf8'));
  expect(frames).toBeGreaterThanOrEqual(3);
  const errors = [model, mean, meanPerPixel].map(({ metrics }) => metrics.absRel.toFixed(4));
  console.info(
    `AbsRel to the teacher on ${frames} photos: trained ${errors[0]}, mean depth ${errors[1]}, mean depth per pixel ${errors[2]}`,
  );
  expect(model.metrics.absRel).toBeLessThan(Math.min(mean.metrics.absRel, meanPerPixel.metrics.absRel));
}, 1_800_000);
