import { Command } from 'commander';

/** `llm-mde merge`: the shards of an evaluation as one evaluation. */
export function mergeCommand(): Command {
  return new Command('merge')
    .description('merge the shards of an evaluation')
    .argument('<files...>', 'files written by llm-mde evaluate --shard i/n --out')
    .option('--out <file>', 'write the merged evaluation as JSON')
    .option('--json', 'print the results as JSON')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde merge results/*.json
  llm-mde merge results/1.json results/2.json --out results.json

Shards of llm-mde predict need no merging: they write to one folder. So do those of llm-mde reproduce; run it once more
without --shard to write the tables.`,
    )
    .action(async (files: string[], flags: { out?: string; json?: true }) =>
      (await import('../evaluate/evaluate.js')).mergeFiles(files, flags),
    );
}
