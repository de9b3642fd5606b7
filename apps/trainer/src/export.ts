import { existsSync } from 'node:fs';
import type { DeviceName } from '@llm-mde/backend';
import { exportAdapters, exportOnnx, exportSafetensors } from 'llm-mde/export';
import { findModel } from './run/find-model.js';
import { withModel } from './run/with-model.js';

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
  await withModel(folder, flags.device, async (model) => {
    if (to === 'onnx')
      await exportOnnx(model, out, { batch, prompt: prompt === undefined ? undefined : { text: prompt } });
    else if (to === 'peft') await exportAdapters(model, out);
    else await exportSafetensors(model, out);
  });
  console.log(`Wrote ${out}.`);
}
