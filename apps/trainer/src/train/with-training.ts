import { type Device, type DeviceName, openDevice } from '@llm-mde/backend';
import { showTraining } from '../output/show-training.js';
import { INTERRUPTED, Interrupted, Interruption } from './interruption.js';

export interface TrainingTools extends Pick<ReturnType<typeof showTraining>, 'events' | 'note' | 'end'> {
  device: Device;
  interruption: Interruption;
}

/** Runs something that trains several models: with a device, what shows its progress, and Ctrl-C, after which the same command resumes it. */
export async function withTraining(
  { device: name, json, folder }: { device: DeviceName | 'auto'; json?: true | undefined; folder: string },
  work: (tools: TrainingTools) => Promise<void>,
): Promise<void> {
  const device = await openDevice({ device: name });
  const { events, note, end } = showTraining({ json: json === true });
  const interruption = new Interruption();
  const stopListening = interruption.listen(note, end);
  try {
    await work({ device, events, note, end, interruption });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    note(`Stopped in ${folder}. Run the same command again to resume.`);
    process.exitCode = INTERRUPTED;
  } finally {
    stopListening();
    end();
    await device.close();
  }
}

/** Whether a word of the command line says something of the results: which shard a machine did does not. */
export function isAboutResults(argument: string, index: number, all: readonly string[]): boolean {
  return argument !== '--shard' && all[index - 1] !== '--shard' && argument !== '--json';
}
