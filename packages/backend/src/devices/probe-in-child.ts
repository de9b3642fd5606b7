import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DeviceError, type DeviceName } from '../device.js';

const SECONDS = 60;

/**
 * Opens and proves a device in a child process, so that a library that crashes, hangs or prints does so there.
 *
 * @throws DeviceError with the reason if the device can't be opened
 */
export async function probeInChild(device: DeviceName): Promise<void> {
  const program = fileURLToPath(new URL('./probe.js', import.meta.url));
  // A program bundled into one file does not bring the probe along: there the device is opened in this process right away.
  if (!existsSync(program)) return;
  const { failure, output } = await run(program, device);
  const reason = output.match(/^reason: (.*)$/m)?.[1];
  if (reason) throw new DeviceError(reason);
  if (!failure) return;
  const what = failure.killed
    ? `did not answer within ${SECONDS} seconds`
    : `crashed (${failure.signal ?? failure.code})`;
  throw new DeviceError(
    `its library ${what} in a trial run: update the driver, and ask for ${device} by name to see what the library prints.`,
  );
}

interface Failure {
  killed?: boolean;
  signal?: string | null;
  code?: unknown;
}

function run(program: string, device: DeviceName): Promise<{ failure: Failure | null; output: string }> {
  return new Promise((resolve) => {
    const options = { timeout: SECONDS * 1000, killSignal: 'SIGKILL', windowsHide: true } as const;
    execFile(process.execPath, [program, device], options, (failure, output) =>
      resolve({ failure: failure as Failure | null, output }),
    );
  });
}
