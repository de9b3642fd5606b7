// Loads models from the server of the page and runs them in the browser. Photos are not uploaded.
/// <reference types="vite/client" />
import { type Device, openDevice } from '@llm-mde/backend';
import { fieldOfViewOf, intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { memory } from '@tensorflow/tfjs-core';
import { type FileSource, LlmMde } from 'llm-mde';
import type { ModelDescription } from '../../server/schemas.js';
import { request } from '../lib/request.js';
import type { PlainPair } from '../lib/training-pairs.js';
import { type AttendedWords, type DepthEstimate, PROTOTYPE_COUNT, WORD_COUNT } from './estimator.js';
import { fineTune, type Tuned, type TuneSettings, type TuneStep, tunedFiles } from './fine-tune.js';

/** A request by its number, that nobody waits for it any more, or that it should end early with what it has. */
export type WorkerMessage = WorkerRequest | TuneRequest | { id: number; kind: 'cancel' } | { id: number; kind: 'stop' };

/** Fine-tunes a model; the result is known to this worker under another id. */
export interface TuneRequest {
  id: number;
  kind: 'tune';
  base: string;
  model: ModelDescription;
  pairs: readonly PlainPair[];
  settings: TuneSettings;
  tunedId: string;
}

export interface WorkerRequest {
  id: number;
  kind: 'depth' | 'words';
  /** Base of the URLs of the model's files. */
  base: string;
  model: ModelDescription;
  image: Blob;
  /** Across the longer side of the image in degrees, if it is known. */
  fieldOfView?: number | undefined;
  promptStyle?: ModelDescription['promptStyle'];
}

export type WorkerAnswer =
  | { id: number; kind: 'progress'; loaded: number; total: number }
  | { id: number; kind: 'device'; name: string }
  | { id: number; kind: 'step'; step: TuneStep }
  | { id: number; kind: 'result'; result: WorkerDepth | AttendedWords | Tuned }
  | { id: number; kind: 'error'; message: string };

export type WorkerDepth = Omit<DepthEstimate, 'totalMilliseconds'>;

const models = new Map<string, Promise<LlmMde>>();
/** The files of models that were fine-tuned here. */
const ownSources = new Map<string, FileSource>();
/** One request at a time: there is one device. */
let queue = Promise.resolve();

const canceled = new Set<number>();
const stopped = new Set<number>();

addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
  if (data.kind === 'cancel') {
    canceled.add(data.id);
    return;
  }
  if (data.kind === 'stop') {
    stopped.add(data.id);
    return;
  }
  queue = queue
    .then(() => (canceled.has(data.id) ? undefined : data.kind === 'tune' ? tune(data) : answer(data)))
    .catch(({ message }: Error) => send({ id: data.id, kind: 'error', message }))
    .finally(() => canceled.delete(data.id));
});

async function open(id: number): Promise<Device> {
  const device = await openDevice({
    wasmPaths: {
      'tfjs-backend-wasm.wasm': plain,
      'tfjs-backend-wasm-simd.wasm': simd,
      'tfjs-backend-wasm-threaded-simd.wasm': threaded,
    },
  });
  send({ id, kind: 'device', name: device.name });
  return device;
}

async function answer(request: WorkerRequest): Promise<void> {
  const { id } = request;
  await open(id);
  const model = await loadModel(request);
  const image = await decodeImage(request.image);
  if (request.kind === 'words') {
    const options = { prototypeCount: PROTOTYPE_COUNT, wordCount: WORD_COUNT };
    const { words, ...patches } = await model.attendedWords(image, options);
    return send({ id, kind: 'result', result: { ...patches, words: Object.fromEntries(words) } });
  }
  const start = performance.now();
  const focalLength = request.fieldOfView && intrinsicsFromFieldOfView(request.fieldOfView, image).fx;
  const prediction = await model.predict(
    { ...image, ...(focalLength && { focalLength }) },
    { promptStyle: request.promptStyle },
  );
  const computeMilliseconds = performance.now() - start;
  const { camera } = prediction;
  const fieldOfView = camera && fieldOfViewOf(camera.focalLength, image);
  return send({
    id,
    kind: 'result',
    result: { ...prediction, fieldOfView, computeMilliseconds, tensors: memory().numTensors },
  });
}

async function tune({ id, base, model, pairs, settings, tunedId }: TuneRequest): Promise<void> {
  const device = await open(id);
  const onProgress = progressOf(id, model);
  const source = ownSources.get(model.id) ?? downloads(model, base, onProgress);
  const tuned = await fineTune(source, pairs, {
    ...settings,
    device,
    onStep(step) {
      // Whether or not every file was needed.
      onProgress(sizeOf(model));
      send({ id, kind: 'step', step });
    },
    stopped: () => stopped.has(id) || canceled.has(id),
  });
  stopped.delete(id);
  const own = tunedFiles(tuned.files, source);
  ownSources.set(tunedId, own);
  models.set(tunedId, LlmMde.load(own));
  await models.get(tunedId);
  send({ id, kind: 'result', result: tuned });
}

function loadModel({ id, base, model: description }: WorkerRequest): Promise<LlmMde> {
  const known = models.get(description.id);
  if (known) return known;
  const onProgress = progressOf(id, description);
  const loading = LlmMde.load(downloads(description, base, onProgress));
  models.set(description.id, loading);
  loading
    .catch(() => models.delete(description.id))
    // Whether or not every file was needed.
    .finally(() => onProgress(sizeOf(description)));
  return loading;
}

function sizeOf({ files }: ModelDescription): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Tells the page how much of a model has been downloaded, in small steps. */
function progressOf(id: number, description: ModelDescription): (loadedBytes: number) => void {
  const total = sizeOf(description);
  let shown = Number.NEGATIVE_INFINITY;
  return (loaded) => {
    if (loaded < total && loaded < shown + total / 200) return;
    shown = loaded;
    send({ id, kind: 'progress', loaded, total });
  };
}

/** The files of a model, each of which is downloaded when it is read: what is read is not kept, so that no copy of a model stays beside it. */
function downloads(
  { id, files }: ModelDescription,
  base: string,
  onProgress: (loadedBytes: number) => void,
): FileSource {
  const loaded = new Map<string, number>();
  return {
    name: id,
    async read(path) {
      const file = files.find((each) => each.path === path);
      if (!file) return undefined;
      return download(`${base}models/${encodeURIComponent(id)}/${path}`, file, (bytes) => {
        // A file that is read again does not count twice.
        loaded.set(path, Math.max(bytes, loaded.get(path) ?? 0));
        onProgress([...loaded.values()].reduce((sum, each) => sum + each, 0));
      });
    },
  };
}

async function download(
  address: string,
  { path, bytes }: ModelDescription['files'][number],
  onProgress: (loadedBytes: number) => void,
): Promise<Uint8Array> {
  const response = await request(address);
  if (!response.ok || !response.body) {
    throw new Error(`Model download failed: the server answered ${response.status} for ${path}.`);
  }
  const content = new Uint8Array(bytes);
  let loaded = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (loaded + part.value.length <= bytes) content.set(part.value, loaded);
    loaded += part.value.length;
    onProgress(Math.min(loaded, bytes));
  }
  if (loaded === bytes) return content;
  throw new Error(`Model download failed: ${path} has changed on the server. Reload the page.`);
}

function send(message: WorkerAnswer): void {
  const transfer = message.kind === 'result' && 'depth' in message.result ? [message.result.depth.buffer] : [];
  postMessage(message, { transfer: transfer as ArrayBuffer[] });
}
