import type { DepthUnit, TransformersDepthModel } from '@llm-mde/teachers';
import type { AttendedWords, CameraImage, LlmMdeConfiguration, Prediction } from 'llm-mde';

/** What commands ask of a prediction. */
export type PredictedDepth = Pick<Prediction, 'width' | 'height' | 'prompt' | 'class' | 'camera'> & {
  depth: Float32Array;
};

/** What commands ask of a model: `LlmMde` is one, and models of others are made one. */
export interface PredictingModel {
  configuration: Partial<Pick<LlmMdeConfiguration, 'camera' | 'depthScale' | 'prompt'>>;
  /** @returns metres, or what the model's unit says. */
  predict(images: readonly CameraImage[], options: { testTimeFlip?: boolean }): Promise<PredictedDepth[]>;
  /** Which prototypes the patches of an image attend to; of our own only. */
  attendedWords?(image: CameraImage): Promise<AttendedWords>;
}

/** A model that is open, and what is to be said of it. */
export interface OpenModel {
  model: PredictingModel;
  unit: DepthUnit;
  /** The folder of our own, the name of others'. */
  name: string;
  /** What it computes on. */
  device: string;
  /** What people should know before they believe it, as a sentence; of our own by its card, if there is one. */
  about: string | undefined;
  /** By its card; undefined if it is our own, or of no known license. */
  license?: string | undefined;
  /** Whether it is somebody else's: it takes one image at a time. */
  isOthers: boolean;
  /** Identifies it. */
  digest(): Promise<string>;
}

/** A model of others, as commands use models. */
export function othersModel(model: TransformersDepthModel): OpenModel {
  return {
    model: {
      configuration: {},
      async predict(images, options) {
        const predictions = await model.predict(images, options);
        return predictions.map(({ values, width, height }) => ({
          ...{ depth: values, width, height },
          ...{ prompt: '', class: null, camera: null },
        }));
      },
    },
    unit: model.unit,
    name: model.name,
    device: 'cpu',
    about: model.about,
    license: model.license,
    isOthers: true,
    digest: () => model.digest(),
  };
}
