import type { RunOnDevice } from './tower-goldens.mjs';

/** A function of tensors as it is, or compiled where LLM_MDE_COMPILED asks for it. */
export const onDevice: RunOnDevice;
