import type { PromptStyle } from '@llm-mde/prompts';
import type { RawImage } from '@llm-mde/vision-encoder';
import type { AttendedWords, Prediction } from 'llm-mde';
import type { Limits } from './limits.js';
import type { ModelShelf } from './model-shelf.js';
import { type Done, WorkQueue } from './work-queue.js';

export interface DepthWork {
  model: string;
  image: RawImage;
  flip: boolean;
  promptStyle: PromptStyle;
}

export interface WordsWork {
  model: string;
  image: RawImage;
  prototypeCount: number;
  wordCount: number;
}

type Work = { kind: 'depth'; depth: DepthWork } | { kind: 'words'; words: WordsWork };
type Result = { depth: Prediction } | { words: AttendedWords };

/** All that is computed, on the one device of this process: see WorkQueue for the order. */
export class Predictor {
  private readonly queue: WorkQueue<Work, Result>;

  constructor(
    private readonly shelf: ModelShelf,
    { batch: largestBatch }: Pick<Limits, 'batch'>,
    private readonly onBatch: (size: number) => void = () => {},
  ) {
    this.queue = new WorkQueue({ keyOf, largestBatch, run: (batch) => this.run(batch) });
  }

  get waiting(): number {
    return this.queue.waiting;
  }

  async depth(depth: DepthWork, signal: AbortSignal): Promise<Done<Prediction>> {
    const done = await this.queue.add({ kind: 'depth', depth }, signal);
    return { ...done, result: (done.result as { depth: Prediction }).depth };
  }

  async words(words: WordsWork, signal: AbortSignal): Promise<Done<AttendedWords>> {
    const done = await this.queue.add({ kind: 'words', words }, signal);
    return { ...done, result: (done.result as { words: AttendedWords }).words };
  }

  idle(): Promise<void> {
    return this.queue.idle();
  }

  private async run(batch: readonly Work[]): Promise<Result[]> {
    this.onBatch(batch.length);
    const [first] = batch;
    if (first!.kind === 'words') return this.findWords(batch);
    const { model: id, flip, promptStyle } = first!.depth;
    const model = await this.shelf.use(id);
    const images = batch.map((work) => (work as { depth: DepthWork }).depth.image);
    const predictions = await model.predict(images, { testTimeFlip: flip, promptStyle });
    return predictions.map((depth) => ({ depth }));
  }

  /** One image at a time. */
  private async findWords(batch: readonly Work[]): Promise<Result[]> {
    const results: Result[] = [];
    for (const work of batch) {
      const { model: id, image, ...options } = (work as { words: WordsWork }).words;
      const model = await this.shelf.use(id);
      results.push({ words: await model.attendedWords(image, options) });
    }
    return results;
  }
}

/** Predictions of one model with the same options share a batch. */
function keyOf(work: Work): string {
  if (work.kind === 'words') return 'words';
  const { model, flip, promptStyle } = work.depth;
  return JSON.stringify([model, flip, promptStyle]);
}
