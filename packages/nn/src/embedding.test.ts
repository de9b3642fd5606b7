import { Embedding } from './embedding.js';
import { describeGoldenCases } from './testing/golden-cases.js';

describeGoldenCases(
  'embedding',
  ({ count, features }) => new Embedding(count, features),
  (table, { indices }) => table.forward(indices!),
);
