// The page that parity.browser.slow.test.ts opens in Chromium: compares the compiled model with what PyTorch computed.
import { type DeviceName, openDevice } from '@llm-mde/backend';
import { SafetensorsFile, urlFiles } from '@llm-mde/checkpoints';
import { Bert, readBertConfiguration } from '@llm-mde/language-model';
import type { Module } from '@llm-mde/nn';
import { readVisionEncoderConfiguration, VisionEncoder } from '@llm-mde/vision-encoder';
import type { onDevice } from '../../../../tooling/parity/tower-goldens.mjs';
import { loadNetwork, stateSource } from '../files/load-network.js';
import { compareDepth, compareGradients, type ModelRow, parseModelGoldens, withoutDropout } from './model-goldens.js';

/** @param folder Address of what tooling/parity/model-goldens.py wrote. @param towers Those of its towers. */
async function compareModel(
  device: DeviceName,
  folder: string,
  towers: [vision: string, language: string],
): Promise<ModelRow[]> {
  const run = await open(device);
  const { json, bytes } = files(folder);
  const [vision, language] = [await loadVision(towers[0]), await loadLanguage(towers[1])];
  const source = urlFiles(new URL(folder, location.href));
  const network = withoutDropout(
    await loadNetwork(source, {}, async () => ({ vision: vision.freeze(), language: language.freeze() })),
  );
  const goldens = await parseModelGoldens(await json('goldens.json'), await bytes('goldens.safetensors'));
  const rows = [...(await compareDepth(network, goldens, run)), ...(await compareGradients(network, goldens, run))];
  network.dispose();
  return rows;
}

export type CompareModel = typeof compareModel;

async function open(name: DeviceName): Promise<typeof onDevice> {
  const device = await openDevice({ device: name });
  return async (fn) => device.compile(fn) as never;
}

function files(folder: string) {
  const get = (file: string) => fetch(new URL(file, new URL(folder, location.href)));
  return {
    json: async (file: string) => (await get(file)).text(),
    bytes: async (file: string) => new Uint8Array(await (await get(file)).arrayBuffer()),
  };
}

async function loadVision(folder: string): Promise<VisionEncoder> {
  const configuration = readVisionEncoderConfiguration(JSON.parse(await files(folder).json('config.json')));
  return loadTower(folder, (pooler) => new VisionEncoder({ ...configuration, pooler }));
}

async function loadLanguage(folder: string): Promise<Bert> {
  const configuration = readBertConfiguration(JSON.parse(await files(folder).json('config.json')));
  return loadTower(folder, (pooler) => new Bert({ ...configuration, pooler }));
}

/** Browsers have no folders; the hub is out of reach of a test. */
async function loadTower<Tower extends Module>(folder: string, create: (pooler: boolean) => Tower): Promise<Tower> {
  const file = await SafetensorsFile.fromBytes(await files(folder).bytes('model.safetensors'));
  const tower = create(file.tensors.has('pooler.dense.weight'));
  await tower.loadStateDict(stateSource(file));
  return tower.eval();
}

Object.assign(window, { compareModel });
