import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { TransformersDepthModel } from '@llm-mde/teachers';
import type { CameraImage, Prediction } from 'llm-mde';
import type { OtherModelDescription } from './schemas.js';

/** What the routes take of a prediction. */
export type PredictedDepth = Pick<Prediction, 'width' | 'height' | 'prompt' | 'class' | 'camera'> & {
  depth: Float32Array;
};

/** Depth models of others, to compare ours with. */
export class OtherModels {
  private constructor(private readonly models: ReadonlyMap<string, TransformersDepthModel>) {}

  /**
   * @param names Folders in transformers.js' layout, or names on the hub.
   * @param taken Ids of our own models.
   * @throws if one cannot be opened, or has the id of another.
   */
  static async open(names: readonly string[], taken: readonly string[]): Promise<OtherModels> {
    const models = new Map<string, TransformersDepthModel>();
    if (names.length === 0) return new OtherModels(models);
    // Loaded where it is used: it brings transformers.js.
    const { TransformersDepthModel } = await import('@llm-mde/teachers');
    for (const name of names) {
      const id = existsSync(name) ? basename(resolve(name)) : name;
      if (models.has(id) || taken.includes(id)) throw new Error(`Two models are called ${id}: rename one's folder.`);
      models.set(id, await TransformersDepthModel.load(name));
    }
    return new OtherModels(models);
  }

  list(): OtherModelDescription[] {
    return [...this.models.keys()].map((id) => this.find(id)!.description);
  }

  /** @returns undefined if none has this id. */
  find(id: string | undefined) {
    const model = this.models.get(id ?? '');
    if (!model) return undefined;
    return {
      // Clients need not know the server's folders.
      description: { id: id!, unit: model.unit, about: model.about.replace(model.name, id!) },
      async predict(images: readonly CameraImage[], options: { testTimeFlip: boolean }): Promise<PredictedDepth[]> {
        const predictions = await model.predict(images, options);
        return predictions.map(({ values, ...size }) => ({
          ...{ ...size, depth: values },
          ...{ prompt: '', class: null, camera: null },
        }));
      },
    };
  }

  async dispose(): Promise<void> {
    for (const model of this.models.values()) await model.dispose();
  }
}
