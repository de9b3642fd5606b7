import { openDevice } from '@llm-mde/backend';

/** A function of tensors compiled where LLM_MDE_COMPILED asks for it, otherwise kernel by kernel. */
export async function onDevice(fn) {
  if (process.env.LLM_MDE_COMPILED) return (await openDevice()).compile(fn);
  return Object.assign(async (...args) => fn(...args), { dispose: async () => {} });
}
