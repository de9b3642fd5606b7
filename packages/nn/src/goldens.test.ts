import { describeGoldenCases } from '@llm-mde/tooling-vitest/testing/golden-cases';
import * as nn from './index.js';
import { fixtureOf, goldenModules } from './testing/golden-modules.js';

for (const [name, { create, forward }] of Object.entries(goldenModules(nn))) {
  describeGoldenCases(fixtureOf(name), create, (module, inputs) => forward(module as never, inputs));
}
