import { progressBar } from '../output/progress.js';
import { alignColumns } from '../output/table.js';
import { type Examination, type ExaminedDevice, examineDevices } from './examine-devices.js';

/** Examines the devices of this machine and prints the result. */
export async function doctor({ json }: { json?: boolean }): Promise<void> {
  const progress = progressBar();
  const onProgress = (device: string, done: number, total: number) => progress.show('examining', done, total, device);
  const examination = await examineDevices({ onProgress }).finally(progress.end);
  console.log(json ? JSON.stringify(examination, null, 2) : doctorReport(examination));
  if (!examination.devices.some(({ available }) => available)) process.exitCode = 1;
}

/**
 * The examination as a table and sentences.
 *
 * @param style whether the heading is bold; by default on a terminal, unless `NO_COLOR` is set
 */
export function doctorReport(examination: Examination, style = process.stdout.isTTY && !process.env.NO_COLOR): string {
  const { devices, node, platform } = examination;
  const [heading, ...rows] = alignColumns([HEADING, ...devices.map((device) => cells(device, examination))], SIDES);
  return [
    style ? `\x1b[1m${heading}\x1b[22m` : heading,
    ...rows,
    '',
    `Rates in GFLOP/s, float32: a matrix product, and a convolution of 64 channels with 64 filters of 3×3. Node ${node}, ${platform}.`,
    verdict(examination),
    ...reasons(devices),
  ].join('\n');
}

const HEADING = ['device', 'available', 'matMul', 'convolution', 'hardware', 'library'];
const SIDES = ['left', 'left', 'right', 'right', 'left', 'left'] as const;

function cells(
  { device, available, hardware, libraryVersion, threads, isSoftware, rates }: ExaminedDevice,
  { auto }: Examination,
): string[] {
  return [
    device === auto ? `${device} (auto)` : device,
    available ? 'yes' : 'no',
    number(rates?.matMul),
    number(rates?.convolution),
    hardware ? `${hardware}${isSoftware ? ', software' : ''}${threads ? `, threads: ${threads}` : ''}` : '–',
    libraryVersion ?? '–',
  ];
}

/** Three significant digits, more than two runs agree on. */
function number(value: number | undefined): string {
  if (value === undefined) return '–';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function verdict({ auto, environmentDevice }: Examination): string {
  const selected = auto ? `auto selects ${auto}.` : 'No device is available.';
  return environmentDevice ? `${selected} LLM_MDE_DEVICE=${environmentDevice} is set and takes precedence.` : selected;
}

function reasons(devices: readonly ExaminedDevice[]): string[] {
  const lines = devices
    .filter(({ reason }) => reason)
    .map(({ device, available, reason }) => `${available ? device : `${device} is not available`}: ${reason}`);
  return lines.length > 0 ? ['', ...lines] : [];
}
