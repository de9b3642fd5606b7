// What a measurement has to say about where it was made.
import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** Lines for a report. */
export function describeMachine() {
  const processors = cpus();
  return [
    `Processor: ${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores`,
    `Memory: ${Math.round(totalmem() / 2 ** 30)} GB`,
    `System: ${platform()} ${release()} ${arch()}, Node ${process.versions.node}`,
  ];
}

/** How busy the machine is with everything, ours included: processes that compute or wait, over the last minute. */
export function loadAverage() {
  return loadavg()[0];
}

/** Peak and present resident memory of this process in megabytes. */
export function memoryOfProcess() {
  const resident = process.memoryUsage.rss() / 2 ** 20;
  try {
    // Not maxRSS: that begins with the size of the process that started this one.
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return { resident, peak: Number(kilobytes) / 1024 };
  } catch {
    return { resident, peak: process.resourceUsage().maxRSS / 1024 };
  }
}
