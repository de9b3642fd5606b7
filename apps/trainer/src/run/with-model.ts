import { type Device, type DeviceName, openDevice } from '@llm-mde/backend';
import { LlmMde } from 'llm-mde';
import { findModel } from './find-model.js';

export interface ModelOptions {
  device: DeviceName | 'auto';
  /** Of predictions. @default 'float32' */
  precision?: 'float32' | 'int8' | undefined;
}

/**
 * Opens a device and loads a model onto it; both are closed after their use.
 *
 * @param folder The model's; if there is none, the model for photographs that comes with llm-mde is used, or `tiny` where its towers cannot be had.
 * @param onNote is told if `tiny` is used, and why.
 */
export async function withModel(
  folder: string | undefined,
  { device: name, precision }: ModelOptions,
  use: (model: LlmMde, device: Device, folder: string) => Promise<void>,
  onNote?: (note: string) => void,
): Promise<void> {
  const device = await openDevice({ device: name });
  try {
    const opened = await openModel(folder, device, precision, onNote);
    await use(opened.model, device, opened.folder).finally(() => opened.model.dispose());
  } finally {
    await device.close();
  }
}

const FOR_PHOTOGRAPHS = 'rooms-small';

async function openModel(
  given: string | undefined,
  { compile }: Device,
  precision: ModelOptions['precision'],
  onNote: (note: string) => void = () => {},
): Promise<{ model: LlmMde; folder: string }> {
  const load = async (folder: string) => ({
    folder,
    model: await LlmMde.load(folder, { compiler: compile, precision }),
  });
  if (given !== undefined) return load(given);
  try {
    return await load(await findModel(FOR_PHOTOGRAPHS));
  } catch (error) {
    onNote(
      `the model ${FOR_PHOTOGRAPHS} cannot be used: ${(error as Error).message} The model tiny is used instead, whose metres are hardly better than a guess.`,
    );
    return load(await findModel('tiny'));
  }
}
