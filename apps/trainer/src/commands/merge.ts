import { Command } from 'commander';
import { mergeEvaluations, readEvaluation } from '../evaluation/evaluation-file.js';
import { evaluationReport } from '../evaluation/evaluation-report.js';
import { writeJson } from '../run-folder/run-folder.js';

/** `llm-mde merge`: the parts that several machines evaluated, as one evaluation. */
export function mergeCommand(): Command {
  return new Command('merge')
    .description('put the parts of a sharded evaluation together')
    .argument('<files...>', 'what llm-mde evaluate --shard i/n --out wrote')
    .option('--out <file>', 'write the whole as JSON')
    .option('--json', 'print the results as JSON')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde merge results/*.json
  llm-mde merge results/1.json results/2.json --out results.json

Parts of a prediction need no merging: they write to one folder. So do parts of llm-mde reproduce; run it once more without
--shard for the tables.`,
    )
    .action(merge);
}

async function merge(files: string[], { out, json }: { out?: string; json?: true }): Promise<void> {
  const parts = [];
  for (const file of files) parts.push(await readEvaluation(file));
  const whole = mergeEvaluations(parts, files);
  if (out !== undefined) await writeJson(out, whole);
  console.log(json ? JSON.stringify(evaluationReport.values(whole), undefined, 2) : evaluationReport.text(whole));
}
