import { Command } from 'commander';
import { examineDevices } from '../doctor/examine-devices.js';
import { doctorReport } from '../doctor/report.js';

/** `llm-mde doctor`: which devices this machine has, how fast they are, and why the others are missing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('show which devices this machine has, how fast each is, and what the missing ones need')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nThe exit code is 0 if a device opens, otherwise 1.')
    .action(doctor);
}

async function doctor({ json }: { json?: boolean }): Promise<void> {
  const progress = progressLine();
  const examination = await examineDevices({ onProgress: progress.show });
  progress.clear();
  console.log(json ? JSON.stringify(examination, null, 2) : doctorReport(examination));
  if (!examination.devices.some(({ opens }) => opens)) process.exitCode = 1;
}

/** One line on the terminal that changes and vanishes; nothing where the output goes elsewhere. */
function progressLine(): { show(text: string): void; clear(): void } {
  if (!process.stderr.isTTY) return { show: () => {}, clear: () => {} };
  const rewrite = (text: string) => process.stderr.write(`\r\x1b[K${text}`);
  return { show: (text) => rewrite(`${text} …`), clear: () => rewrite('') };
}
