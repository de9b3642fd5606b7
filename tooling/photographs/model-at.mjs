import { basename } from 'node:path';
import { LlmMde } from 'llm-mde';

/** A saved model, or a run's best checkpoint. */
export async function modelAt(path, device, { testTimeFlip = false, precision = 'float32' } = {}) {
  const model = await LlmMde.load(path, { compiler: device.compile, precision });
  return {
    name: basename(path) + (precision === 'int8' ? ' in 8 bits' : ''),
    dispose: () => model.dispose(),
    predict: async ({ image, intrinsics }) => model.predict({ ...image, ...focalLength(intrinsics) }, { testTimeFlip }),
  };
}

/** Of both directions; none if it is not known: a model that knows its camera then assumes one. */
function focalLength({ fx, fy = fx } = {}) {
  return fx > 0 ? { focalLength: Math.sqrt(fx * fy) } : {};
}
