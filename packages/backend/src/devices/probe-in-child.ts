import { type ExecFileException, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DeviceError, type DeviceName } from '../device.js';

const SECONDS = 60;
const run = promisify(execFile);

/**
 * Opens and proves a device in a child process, so that a library that crashes, hangs or prints does so there.
 *
 * @throws DeviceError with the reason if the device can't be opened
 */
export async function probeInChild(device: DeviceName): Promise<void> {
  const program = fileURLToPath(new URL('./probe.js', import.meta.url));
  // A program bundled into one file does not bring the probe along: there the device is opened in this process right away.
  if (!existsSync(program)) return;
  const options = { timeout: SECONDS * 1000, killSignal: 'SIGKILL', windowsHide: true } as const;
  const failure: Failure | undefined = await run(process.execPath, [program, device], options).then(
    () => undefined,
    (error) => error,
  );
  if (!failure) return;
  const reason = failure.stdout.match(/^reason: (.*)$/m)?.[1];
  if (reason) throw new DeviceError(reason);
  const what = failure.killed
    ? `did not answer within ${SECONDS} seconds`
    : `crashed (${failure.signal ?? failure.code})`;
  throw new DeviceError(
    `its library ${what} in a trial run: update the driver, and ask for ${device} by name to see what the library prints.`,
  );
}

type Failure = Pick<ExecFileException, 'killed' | 'signal' | 'code'> & { stdout: string };
