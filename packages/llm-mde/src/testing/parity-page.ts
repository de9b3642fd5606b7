// The page that parity.browser.test.ts opens in Chromium: compares compiled towers and the compiled model with what PyTorch computed.
/// <reference types="vite/client" />
import { type DeviceName, openDevice } from '@llm-mde/backend';
import { SafetensorsFile } from '@llm-mde/checkpoints';
import { Bert, readBertConfiguration } from '@llm-mde/language-model';
import type { Module } from '@llm-mde/nn';
import { readVisionEncoderConfiguration, VisionEncoder } from '@llm-mde/vision-encoder';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { parseGoldens } from '../../../../tooling/parity/parse-goldens.mjs';
import {
  compareWithGoldens,
  forwardLanguageModel,
  forwardVisionEncoder,
  type RunOnDevice,
} from '../../../../tooling/parity/tower-goldens.mjs';
import { urlFiles } from '../index.js';
import { partsAround } from '../model/build-parts.js';
import { loadModel, stateSource } from '../model/saved-model.js';
import { compareDepth, compareGradients, MODEL_TOLERANCE, parseModelGoldens, withoutDropout } from './model-goldens.js';

/** What was compared, and how far it is off as a share of what is allowed. */
export interface ParityRow {
  quantity: string;
  share: number;
}

export type ParityPage = typeof page;

const page = {
  /** @param folder Address of a folder that tooling/parity/towers.py wrote. */
  async tower(device: DeviceName, folder: string, kind: 'vision' | 'language'): Promise<ParityRow[]> {
    const run = await open(device);
    const { json, bytes } = files(folder);
    const tower = kind === 'vision' ? await loadVision(folder) : await loadLanguage(folder);
    const goldens = parseGoldens(await json('goldens.json'), await bytes('goldens.safetensors'));
    const forward = kind === 'vision' ? forwardVisionEncoder : forwardLanguageModel;
    const rows = await compareWithGoldens(goldens, tower, forward, run);
    tower.dispose();
    return rows.map(({ case: name, quantity, error, tolerance }) => ({
      quantity: `${name}: ${quantity}`,
      share: error / tolerance,
    }));
  },

  /** @param folder Address of what tooling/parity/model-goldens.py wrote. @param towers Those of its towers. */
  async model(device: DeviceName, folder: string, towers: [vision: string, language: string]): Promise<ParityRow[]> {
    const run = await open(device);
    const { json, bytes } = files(folder);
    const [vision, language] = [await loadVision(towers[0]), await loadLanguage(towers[1])];
    const source = urlFiles(new URL(folder, location.href));
    const model = withoutDropout(
      await loadModel(source, {}, async (given) => partsAround(vision.freeze(), language.freeze(), given)),
    );
    const goldens = await parseModelGoldens(await json('goldens.json'), await bytes('goldens.safetensors'));
    const rows = [...(await compareDepth(model, goldens, run)), ...(await compareGradients(model, goldens, run))];
    model.dispose();
    return rows.map(({ quantity, error }) => ({ quantity, share: error / MODEL_TOLERANCE }));
  },
};

async function open(name: DeviceName): Promise<RunOnDevice> {
  const device = await openDevice({
    device: name,
    wasmPaths: {
      'tfjs-backend-wasm.wasm': plain,
      'tfjs-backend-wasm-simd.wasm': simd,
      'tfjs-backend-wasm-threaded-simd.wasm': threaded,
    },
  });
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

Object.assign(window, { page });
