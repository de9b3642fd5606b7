import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Frame, type FrameOptions, generateFrame } from './generate-frame.js';
import { VIEWS_PER_SCENE } from './generate-scene.js';
import { SCENE_TYPES, type SceneType } from './scene-types.js';

export interface FramesOptions {
  /** How many frames; they go through the scene types in turn. Give this or `frames`. */
  count?: number;
  /** Which scene types to go through. @default all 28 */
  sceneTypes?: readonly SceneType[];
  /** Exactly these frames, instead of `count`. */
  frames?: readonly Pick<FrameOptions, 'sceneType' | 'frameIndex'>[];
  /** @default 0 */
  seed?: number;
  /** @default 640 */
  width?: number;
  /** @default 480 */
  height?: number;
  /** Worker threads; 0 renders in this thread. @default one per processor */
  workers?: number;
}

/** The frames that {@link generateFrames} makes of a count: each scene type's first room, three frames of each, then the second rooms. */
export function listFrames(
  count: number,
  sceneTypes: readonly SceneType[] = SCENE_TYPES,
): { sceneType: SceneType; frameIndex: number }[] {
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`The count of frames must be a whole number from 0, got ${count}.`);
  }
  return Array.from({ length: count }, (_, place) => {
    const round = Math.floor(place / VIEWS_PER_SCENE);
    return {
      sceneType: sceneTypes[round % sceneTypes.length]!,
      frameIndex: Math.floor(round / sceneTypes.length) * VIEWS_PER_SCENE + (place % VIEWS_PER_SCENE),
    };
  });
}

/**
 * Renders many frames in worker threads. They come in order, and are the same for any number of workers; a few are rendered ahead of
 * the one that is asked for. Leaving the loop early stops the workers.
 *
 * @throws RangeError if an option is out of range; the error of a worker if one ends.
 */
export async function* generateFrames({
  count,
  sceneTypes,
  frames,
  seed = 0,
  width = 640,
  height = 480,
  workers = availableParallelism(),
}: FramesOptions): AsyncGenerator<Frame, void> {
  if ((count === undefined) === (frames === undefined)) throw new TypeError('Give either count or frames.');
  if (!Number.isInteger(workers) || workers < 0) {
    throw new RangeError(`The number of workers must be a whole number from 0, got ${workers}.`);
  }
  const wanted = (frames ?? listFrames(count!, sceneTypes)).map((frame) => ({ ...frame, seed, width, height }));
  if (workers === 0) {
    for (const options of wanted) yield generateFrame(options);
    return;
  }
  const pool = new WorkerPool(Math.min(workers, wanted.length));
  try {
    const ahead: Promise<Frame>[] = [];
    for (let place = 0; place < wanted.length; place++) {
      while (ahead.length < 2 * workers && place + ahead.length < wanted.length) {
        const task = pool.render(wanted[place + ahead.length]!);
        // A later frame may fail while an earlier one is awaited; it is reported when its turn comes.
        task.catch(() => {});
        ahead.push(task);
      }
      yield await ahead.shift()!;
    }
  } finally {
    await pool.close();
  }
}

interface Task {
  options: FrameOptions;
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

export type WorkerReply = { frame: Frame } | { error: string };

class WorkerPool {
  private readonly workers: Worker[];
  private readonly idle: Worker[] = [];
  private readonly waiting: Task[] = [];
  private readonly running = new Map<Worker, Task>();
  private failure?: Error;

  constructor(size: number) {
    this.workers = Array.from({ length: size }, () => this.start());
    this.idle.push(...this.workers);
  }

  render(options: FrameOptions): Promise<Frame> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ options, resolve, reject });
      this.dispatch();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private start(): Worker {
    const worker = new Worker(workerFile());
    worker.on('message', (reply: WorkerReply) => {
      const task = this.running.get(worker);
      this.running.delete(worker);
      this.idle.push(worker);
      if ('frame' in reply) task?.resolve(reply.frame);
      else task?.reject(new Error(reply.error));
      this.dispatch();
    });
    worker.on('error', (error) => {
      this.failure = new Error(`A rendering worker ended: ${error instanceof Error ? error.message : error}`);
      this.running.get(worker)?.reject(this.failure);
      this.dispatch();
    });
    return worker;
  }

  private dispatch(): void {
    while (this.failure && this.waiting.length > 0) this.waiting.shift()!.reject(this.failure);
    while (this.waiting.length > 0 && this.idle.length > 0) {
      const worker = this.idle.pop()!;
      const task = this.waiting.shift()!;
      this.running.set(worker, task);
      worker.postMessage(task.options);
    }
  }
}

/** Beside this file where it is built; in the built package where this is the source, as in tests. */
function workerFile(): URL {
  for (const place of ['./frame-worker.js', '../dist/frame-worker.js']) {
    const url = new URL(place, import.meta.url);
    if (existsSync(fileURLToPath(url))) return url;
  }
  throw new Error('The file frame-worker.js of @llm-mde/rooms is missing: build the package, or use workers: 0.');
}
