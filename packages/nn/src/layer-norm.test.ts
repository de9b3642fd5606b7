import { LayerNorm } from './layer-norm.js';
import { describeGoldenCases } from './testing/golden-cases.js';

describeGoldenCases(
  'layer-norm',
  ({ features, epsilon }) => new LayerNorm(features, { epsilon }),
  (norm, { x }) => norm.forward(x!),
);
