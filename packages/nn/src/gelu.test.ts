import { GELU } from './gelu.js';
import { describeGoldenCases } from './testing/golden-cases.js';

describeGoldenCases(
  'gelu',
  () => new GELU(),
  (activation, { x }) => activation.forward(x!),
);
