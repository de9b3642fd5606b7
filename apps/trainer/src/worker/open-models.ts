import type { OpenModel } from '../models/predicting-model.js';
import { withOpenModel } from '../models/with-open-model.js';
import type { ModelOptions } from '../run/with-model.js';

/** Keeps the last model open, since jobs of a kind follow each other. */
export class OpenModels {
  private key: string | undefined;
  private open: OpenModel | undefined;
  private release = () => {};
  private ended: Promise<void> = Promise.resolve();

  /** @param digest of the files as they are now: after they change, the model is opened again. */
  async get(name: string, digest: string, options: ModelOptions): Promise<OpenModel> {
    const key = JSON.stringify([name, digest, options.device, options.precision]);
    if (this.open && this.key === key) return this.open;
    await this.close();
    this.open = await new Promise<OpenModel>((resolve, reject) => {
      this.ended = withOpenModel(name, options, (open) => {
        resolve(open);
        return new Promise((release) => {
          this.release = release;
        });
      }).catch(reject);
    });
    this.key = key;
    return this.open;
  }

  async close(): Promise<void> {
    this.open = undefined;
    this.release();
    await this.ended;
  }
}
