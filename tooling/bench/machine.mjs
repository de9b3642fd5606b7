// What a measurement has to say about where it was made.
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';

/** Lines for a report. */
export function describeMachine() {
  const processors = cpus();
  return [
    `Processor: ${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores`,
    `Memory: ${Math.round(totalmem() / 2 ** 30)} GB`,
    `System: ${platform()} ${release()} ${arch()}, Node ${process.versions.node}`,
  ];
}

/** Peak resident memory of this process in megabytes. */
export function peakMemory() {
  try {
    // Not maxRSS: that begins with the size of the process that started this one.
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return Number(kilobytes) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
