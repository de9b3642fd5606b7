import type { CompileDevice } from '@llm-mde/compile';
import type { LoadedBackend } from '../device.js';

/** `compile` of `@llm-mde/compile` for one of its devices. Imported only now: it starts nothing until a function is compiled. */
export async function compileFor(
  device: CompileDevice,
  wantedThreads: number | undefined,
): Promise<Required<Pick<LoadedBackend, 'compile' | 'threads'>>> {
  const { compile, setThreads } = await import('@llm-mde/compile');
  const threads = setThreads(wantedThreads);
  // A training step and predictions of several shapes would each keep their largest run's memory.
  return { threads, compile: (fn, options) => compile(fn, { ...options, device, threads, memoryArena: false }) };
}
