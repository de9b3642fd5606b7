import { Command } from 'commander';
import type { ReportFlags } from '../report/report-runs.js';

/** `llm-mde report`: one page of one or several runs. */
export function reportCommand(): Command {
  return new Command('report')
    .description('write one page of one or several runs: curves, scores, settings and pictures beside each other')
    .argument('<runs...>', 'folders of runs, folders that hold runs, or patterns such as "runs/*"')
    .option('--out <file>', 'the page; it is one file that needs nothing else', 'report.html')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde report runs/rooms-tiny
  llm-mde report runs/seed-1 runs/seed-2 --out seeds.html
  llm-mde report runs

A run that is still being trained is shown as far as it is. To follow it live: llm-mde train --watch`,
    )
    .action(async (runs: string[], flags: ReportFlags) =>
      (await import('../report/report-runs.js')).reportRuns(runs, flags),
    );
}
