// The page that parity.browser.slow.test.ts opens in Chromium: compares the compiled model with what PyTorch computed.
import { type DeviceName, openDevice } from '@llm-mde/backend';
import { type FileSource, urlFiles } from '@llm-mde/checkpoints';
import { LanguageModel } from '@llm-mde/language-model';
import { VisionEncoder } from '@llm-mde/vision-encoder';
import type { onDevice } from '../../../../tooling/parity/tower-goldens.mjs';
import { loadNetwork } from '../files/load-network.js';
import { compareDepth, compareGradients, type ModelRow, parseModelGoldens, withoutDropout } from './model-goldens.js';

/** @param folder Address of what tooling/parity/model-goldens.py wrote. @param towers Those of its towers. */
async function compareModel(
  device: DeviceName,
  folder: string,
  towers: [vision: string, language: string],
): Promise<ModelRow[]> {
  const run = await open(device);
  const { json, bytes } = files(folder);
  // Browsers have no folders; the hub is out of reach of a test.
  const [vision, language] = towers.map((name) => ({ source: sourceOf(name), frozen: true })) as [Source, Source];
  const network = withoutDropout(
    await loadNetwork(sourceOf(folder), {}, async () => ({
      vision: await VisionEncoder.fromPretrained('tiny-vit', vision),
      language: await LanguageModel.fromPretrained('tiny-bert', language),
    })),
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

interface Source {
  source: FileSource;
  frozen: true;
}

function sourceOf(folder: string): FileSource {
  return urlFiles(new URL(folder, location.href));
}

Object.assign(window, { compareModel });
