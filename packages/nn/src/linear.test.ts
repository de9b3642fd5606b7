import { Linear } from './linear.js';
import { describeGoldenCases } from './testing/golden-cases.js';

describeGoldenCases(
  'linear',
  ({ inFeatures, outFeatures, bias }) => new Linear(inFeatures, outFeatures, { bias }),
  (linear, { x }) => linear.forward(x!),
);
