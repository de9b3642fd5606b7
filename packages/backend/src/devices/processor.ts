import os from 'node:os';

/** The processor of this machine in words, for example `AMD EPYC 7B13, 2 cores`. */
export function processorName(): string {
  const model = os.cpus()[0]?.model.replace(/\s+/g, ' ').trim() || `${os.arch()} processor`;
  const cores = os.availableParallelism();
  return `${model}, ${cores} ${cores === 1 ? 'core' : 'cores'}`;
}
