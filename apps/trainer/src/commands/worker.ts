import { Command } from 'commander';
import type { WorkerFlags } from '../worker/worker.js';
import { positiveNumber, queueOption } from './options.js';

/** `llm-mde worker`: does the jobs of commands with `--queue`. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('do jobs that commands with --queue give, on any number of machines')
    .addOption(queueOption().env('LLM_MDE_QUEUE'))
    .option(
      '--concurrency <number>',
      'jobs at once, each in a process with its share of the cores (default: one per core and 4 GB of free memory)',
      positiveNumber,
    )
    .option(
      '--silence <seconds>',
      'after so long without a sign of life of a worker, another takes its job over',
      positiveNumber,
      60,
    )
    .option('--metrics-port <port>', 'serve /metrics for Prometheus', positiveNumber)
    .addHelpText(
      'after',
      `
Needs the packages bullmq and ioredis, and prom-client for --metrics-port: npm install --global bullmq ioredis prom-client

Examples:
  llm-mde worker --queue redis://queue.local:6379
  LLM_MDE_QUEUE=redis://:password@queue.local:6379 llm-mde worker --concurrency 2 --metrics-port 9464

Clients and workers need the same version of llm-mde and the same folders at the same paths. A job that fails is tried up to five
times. After SIGTERM or Ctrl-C a training saves its checkpoint and the job goes back to the queue.`,
    )
    .action(async (flags: WorkerFlags) => {
      await (await import('../worker/worker.js')).runWorker(flags);
      // Connections to a Redis that is away would keep it waiting.
      process.exit();
    });
}
