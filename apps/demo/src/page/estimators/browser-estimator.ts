import type { ModelDescription } from '../../server/schemas.js';
import { plainPair, type TrainingPair } from '../lib/training-pairs.js';
import type { Estimator } from './estimator.js';
import type { TuneRequest, WorkerAnswer, WorkerDepth, WorkerMessage, WorkerRequest } from './estimator.worker.js';
import type { Tuned, TuneSettings, TuneStep } from './fine-tune.js';

interface BrowserEstimatorEvents {
  /** Downloaded bytes of the model. */
  onProgress(loaded: number, total: number): void;
  /** Name of the device: `webgpu` or `wasm`. */
  onDevice(name: string): void;
}

interface Pending {
  onStep?(step: TuneStep): void;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface TuneOptions {
  model: string;
  pairs: readonly TrainingPair[];
  settings: TuneSettings;
  into: ModelDescription;
  onStep(step: TuneStep): void;
  stop: AbortSignal;
}

type Question =
  | Pick<WorkerRequest, 'kind' | 'image' | 'promptStyle' | 'fieldOfView'>
  | Pick<TuneRequest, 'kind' | 'pairs' | 'settings' | 'tunedId'>;

/** Runs models in a worker of this browser, which starts with the first request and keeps them loaded. */
export class BrowserEstimator implements Estimator {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private count = 0;
  /** Models that were fine-tuned here. */
  private readonly own: ModelDescription[] = [];

  constructor(
    private readonly models: readonly ModelDescription[],
    private readonly events: BrowserEstimatorEvents,
  ) {}

  depth: Estimator['depth'] = async ({ file, fieldOfView }, { model, promptStyle }, signal) => {
    const start = performance.now();
    const question = { kind: 'depth', image: file, promptStyle, fieldOfView } as const;
    const result = await this.ask<WorkerDepth>(question, model, signal);
    return { ...result, totalMilliseconds: performance.now() - start };
  };

  words: Estimator['words'] = ({ file }, model, signal) => this.ask({ kind: 'words', image: file }, model, signal);

  /**
   * Fine-tunes a model of the list, which predicts under its new description afterwards, here alone.
   *
   * @param stop Ends the training after its current step, with what it has learned.
   */
  async tune({ model, pairs, settings, into, onStep, stop }: TuneOptions): Promise<Tuned> {
    const question = { kind: 'tune', pairs: pairs.map(plainPair), settings, tunedId: into.id } as const;
    const tuned = await this.ask<Tuned>(question, model, new AbortController().signal, { onStep, stop });
    this.own.push(into);
    return tuned;
  }

  private ask<Result>(
    question: Question,
    modelId: string,
    signal: AbortSignal,
    { onStep, stop }: Partial<Pick<TuneOptions, 'onStep' | 'stop'>> = {},
  ): Promise<Result> {
    this.worker ??= this.start();
    const id = this.count++;
    const model = [...this.models, ...this.own].find((known) => known.id === modelId)!;
    return new Promise<Result>((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as Pending['resolve'], reject, ...(onStep && { onStep }) });
      const tell = (message: WorkerMessage) => this.worker?.postMessage(message);
      tell({ id, model, ...question, base: document.baseURI });
      stop?.addEventListener('abort', () => tell({ id, kind: 'stop' }), { once: true });
      signal.addEventListener(
        'abort',
        () => {
          tell({ id, kind: 'cancel' });
          reject(signal.reason);
        },
        { once: true },
      );
    }).finally(() => this.pending.delete(id));
  }

  private start(): Worker {
    const worker = new Worker(new URL('./estimator.worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerAnswer>) => {
      if (data.kind === 'progress') return this.events.onProgress(data.loaded, data.total);
      if (data.kind === 'device') return this.events.onDevice(data.name);
      const pending = this.pending.get(data.id);
      if (data.kind === 'step') return pending?.onStep?.(data.step);
      if (data.kind === 'error') return pending?.reject(new Error(data.message));
      return pending?.resolve(data.result);
    });
    worker.addEventListener('error', ({ message }) => {
      const error = new Error(`The model could not be started in this browser${message ? `: ${message}` : ''}.`);
      for (const { reject } of this.pending.values()) reject(error);
      worker.terminate();
      this.worker = undefined;
    });
    return worker;
  }
}
