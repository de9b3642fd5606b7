import { Command } from 'commander';
import { examineDevices } from '../doctor/examine-devices.js';
import { doctorReport } from '../doctor/report.js';
import { progressLine } from '../terminal/progress-line.js';

/** `llm-mde doctor`: which devices this machine has, how fast they are, and why the others are missing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('show which devices this machine has, how fast each is, and what the missing ones need')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde doctor
  llm-mde doctor --json > devices.json

The exit code is 0 if a device opens, otherwise 1.`,
    )
    .action(doctor);
}

async function doctor({ json }: { json?: boolean }): Promise<void> {
  const progress = progressLine();
  const examination = await examineDevices({ onProgress: progress.show });
  progress.clear();
  console.log(json ? JSON.stringify(examination, null, 2) : doctorReport(examination));
  if (!examination.devices.some(({ opens }) => opens)) process.exitCode = 1;
}
