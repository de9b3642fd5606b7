import { availableParallelism } from 'node:os';

/** The environment of each of several processes at once: with its share of the cores, unless it is set. */
export function withShareOfCores(processes: number): NodeJS.ProcessEnv {
  const share = Math.max(1, Math.floor(availableParallelism() / processes));
  return { ...process.env, LLM_MDE_THREADS: process.env.LLM_MDE_THREADS || String(share) };
}

/** The words of a command line without some options and their values. */
export function withoutOptions(words: readonly string[], options: readonly string[]): string[] {
  return words.filter(
    (word, index) =>
      !options.includes(word) &&
      !options.includes(words[index - 1] ?? '') &&
      !options.some((option) => word.startsWith(`${option}=`)),
  );
}
