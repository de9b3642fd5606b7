import { currentDevice, openDevice } from '@llm-mde/backend';
import { eager } from '@llm-mde/compile/eager';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { LlmMde } from './llm-mde.js';
import { openCompiler } from './open-compiler.js';
import { smallConfiguration } from './testing/small-model.js';

it('opens a device where none is open, once, and compiles with what is open', async () => {
  await (await currentDevice())?.close();
  expect(tf.getBackend()).toBeFalsy();
  const [model, other] = await Promise.all([LlmMde.create(smallConfiguration()), LlmMde.create(smallConfiguration())]);
  const device = (await currentDevice())!;
  expect(model.compiler).toBe(device.compile);
  expect(other.compiler).toBe(device.compile);
  expect(await openDevice()).toBe(device);
  for (const each of [model, other]) await each.dispose();
  await device.close();
  expect(await currentDevice()).toBeUndefined();
});

it('leaves another backend of TensorFlow.js as it is', async () => {
  await (await currentDevice())?.close();
  class Own extends tf.KernelBackend {
    override dispose() {}
  }
  tf.registerBackend('own', () => new Own());
  await tf.setBackend('own');
  expect(await openCompiler()).toBe(eager);
  expect(await currentDevice()).toBeUndefined();
  tf.removeBackend('own');
});
