import type { Examination, ExaminedDevice } from './examine-devices.js';

/**
 * The examination as a table and sentences.
 *
 * @param style whether the heading is bold; by default on a terminal, unless `NO_COLOR` is set
 */
export function doctorReport(examination: Examination, style = process.stdout.isTTY && !process.env.NO_COLOR): string {
  const { devices, node, platform } = examination;
  const [heading, ...rows] = table([HEADING, ...devices.map((device) => cells(device, examination))]);
  return [
    style ? `\x1b[1m${heading}\x1b[22m` : heading,
    ...rows,
    '',
    `Rates in GFLOP/s, float32: a matrix product, and a convolution of 64 channels with 64 filters of 3×3. Node ${node}, ${platform}.`,
    verdict(examination),
    ...reasons(devices),
  ].join('\n');
}

const HEADING = ['device', 'opens', 'matMul', 'convolution', 'hardware', 'library'];

function cells(
  { device, opens, hardware, libraryVersion, isSoftware, rates }: ExaminedDevice,
  { auto }: Examination,
): string[] {
  return [
    device === auto ? `${device} (auto)` : device,
    opens ? 'yes' : 'no',
    number(rates?.matMul),
    number(rates?.convolution),
    hardware ? `${hardware}${isSoftware ? ', software' : ''}` : '–',
    libraryVersion ?? '–',
  ];
}

/** Three significant digits, which is more than a second run agrees on. */
function number(value: number | undefined): string {
  if (value === undefined) return '–';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const NUMBERS = [HEADING.indexOf('matMul'), HEADING.indexOf('convolution')];

function table(rows: readonly string[][]): string[] {
  const widths = HEADING.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const pad = (text: string, column: number) =>
    NUMBERS.includes(column) ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}

function verdict({ auto, environmentDevice }: Examination): string {
  const taken = auto ? `auto takes ${auto}.` : 'auto finds no device.';
  return environmentDevice
    ? `${taken} LLM_MDE_DEVICE=${environmentDevice} is set here and takes precedence over it.`
    : taken;
}

function reasons(devices: readonly ExaminedDevice[]): string[] {
  const lines = devices
    .filter(({ reason }) => reason)
    .map(({ device, opens, reason }) => `${opens ? device : `${device} does not open`}: ${reason}`);
  return lines.length > 0 ? ['', ...lines] : [];
}
