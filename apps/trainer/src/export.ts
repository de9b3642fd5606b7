import { existsSync } from 'node:fs';
import { type DeviceName, openDevice } from '@llm-mde/backend';
import { LlmMde } from 'llm-mde';
import { exportAdapters, exportOnnx, exportSafetensors } from 'llm-mde/export';
import { findModel } from './run/find-model.js';

export interface ExportFlags {
  to: 'onnx' | 'safetensors' | 'peft';
  out: string;
  batchSize: 'dynamic' | number;
  prompt?: string;
  overwrite?: true;
  device: DeviceName | 'auto';
}

/** Writes a trained model as files for other programs. */
export async function exportModel(checkpoint: string, flags: ExportFlags): Promise<void> {
  const { to, out, batchSize: batch, prompt } = flags;
  if (to !== 'onnx' && prompt !== undefined) throw new Error('--prompt is for --to onnx: leave it out.');
  const folder = findModel(checkpoint);
  if (existsSync(out) && !flags.overwrite) {
    throw new Error(`${out} already exists: choose another --out, or replace it with --overwrite.`);
  }
  const device = await openDevice({ device: flags.device });
  try {
    const model = await LlmMde.load(folder, { compiler: device.compile });
    if (to === 'onnx')
      await exportOnnx(model, out, { batch, prompt: prompt === undefined ? undefined : { text: prompt } });
    else if (to === 'peft') await exportAdapters(model, out);
    else await exportSafetensors(model, out);
    model.dispose();
  } finally {
    await device.close();
  }
  console.log(`Wrote ${out}.`);
}
