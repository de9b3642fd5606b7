// The program that examine-devices.ts runs, `examine-device.js wasm`: opens one device, measures it, and sends the result to its parent process.
import { type Device, DeviceError, type DeviceName, openDevice } from '@llm-mde/backend';
import { measureRates, type Rates } from './measure-rates.js';

/** The fields of a device that can be sent to another process. */
export type OpenedDevice = Omit<Device, 'close' | 'compile'>;

export type ExamineMessage = { opened: OpenedDevice } | { rates: Rates } | { reason: string };

const device = process.argv[2] as DeviceName | 'auto';

try {
  const open = await openDevice({ device });
  const { close, compile, ...opened } = open;
  await send({ opened });
  // For `auto`, only the selected device is of interest.
  if (device !== 'auto') await send({ rates: await measureRates(open) });
} catch (error) {
  await send({ reason: reasonOf(error) });
}
process.exit();

function reasonOf(error: unknown): string {
  if (error instanceof DeviceError) return error.reason;
  const [message] = (error instanceof Error ? error.message : String(error)).split('\n');
  return `its library fails with "${message}" when it computes: update the driver or reinstall the library.`;
}

function send(message: ExamineMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}
