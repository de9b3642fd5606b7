import { Command } from 'commander';

/** `llm-mde doctor`: the devices of this machine, their speed, and why others are missing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('show the devices of this machine, their speed, and what the missing ones need')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde doctor
  llm-mde doctor --json > devices.json

The exit code is 0 if a device is available, otherwise 1.`,
    )
    .action(async (flags: { json?: boolean }) => (await import('../doctor/doctor.js')).doctor(flags));
}
