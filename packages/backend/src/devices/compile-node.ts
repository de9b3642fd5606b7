import type { CompileDevice } from '@llm-mde/compile';
import type { Device } from '../device.js';

/** `compile` of `@llm-mde/compile` for one of its devices. Imported only now: it starts nothing until a function is compiled. */
export async function compileFor(device: CompileDevice): Promise<Device['compile']> {
  const { compile } = await import('@llm-mde/compile');
  // A training step and predictions of several shapes would each keep their largest run's memory.
  return (fn) => compile(fn, { device, memoryArena: false });
}
