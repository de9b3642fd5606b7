import { type Device, type DeviceName, openDevice } from '@llm-mde/backend';
import { LlmMde } from 'llm-mde';

/** Opens a device and loads a model onto it; both are closed after their use. */
export async function withModel(
  folder: string,
  name: DeviceName | 'auto',
  use: (model: LlmMde, device: Device) => Promise<void>,
): Promise<void> {
  const device = await openDevice({ device: name });
  try {
    const model = await LlmMde.load(folder, { compiler: device.compile });
    await use(model, device).finally(() => model.dispose());
  } finally {
    await device.close();
  }
}
