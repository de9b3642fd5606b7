// One model, measured by the protocols of NYU Depth v2 and KITTI: which pixels count, which depths, and how predictions are scaled.
import { DepthMetrics, type EvaluationOptions } from '@llm-mde/metrics';
import { generateFrames } from '@llm-mde/rooms';
import { LlmMde } from 'llm-mde';

type Protocol = Omit<EvaluationOptions, 'width' | 'height'>;
const PROTOCOLS: Record<string, Protocol> = {
  'all pixels': { crop: 'none' },
  'NYU: Eigen crop, to 10 m': { crop: 'eigen', maxDepth: 10 },
  'the same, median scaling': { crop: 'eigen', maxDepth: 10, alignment: 'median' },
  'the same, scale and shift': { crop: 'eigen', maxDepth: 10, alignment: 'depth' },
  'KITTI: Garg crop, to 80 m': { crop: 'garg', maxDepth: 80 },
};

const scores = new Map(Object.keys(PROTOCOLS).map((name) => [name, new DepthMetrics(PROTOCOLS[name])]));
const model = await LlmMde.load('tiny');
for await (const { image, depth } of generateFrames({ count: 12, seed: 99, width: 160, height: 120 })) {
  const prediction = await model.predict(image);
  // depth is the truth in metres; 0 where a sensor measured nothing
  for (const metrics of scores.values()) metrics.update(prediction.depth, depth, image);
}

console.log(`${'12 rendered rooms'.padEnd(25)}  AbsRel    RMSE      δ1`);
for (const [name, metrics] of scores) {
  const { absRel, rmse, delta1 } = metrics.compute();
  console.log(name.padEnd(25), ...[absRel, rmse, delta1].map((value) => value.toFixed(3).padStart(7)));
}
