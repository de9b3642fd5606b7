import { packageTests } from '@llm-mde/tooling-vitest';

// Tests export a model of their own, which is computed once; the others' run in ONNX Runtime, whatever devices this machine has.
export default packageTests({ env: { LLM_MDE_DEVICE: 'cpu' } });
