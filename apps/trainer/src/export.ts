import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceName } from '@llm-mde/backend';
import { recoverFolder } from '@llm-mde/checkpoints';
import { type Mode, quantizeFile } from '@llm-mde/quantize';
import { type LlmMde, MODEL_CARD_FILE, readModelCard } from 'llm-mde';
import { exportAdapters, exportOnnx, exportSafetensors } from 'llm-mde/export';
import { writeModelCard } from './card/model-card.js';
import { README_FILE } from './card/readme.js';
import { readJson, writeJson } from './config/json-file.js';
import { UsageError, writing } from './output/sentences.js';
import { EXPORTED_DIGEST } from './push/onnx-to-push.js';
import { findModel, modelDigest } from './run/find-model.js';
import { withModel } from './run/with-model.js';

export interface ExportFlags {
  to: 'model' | 'onnx' | 'safetensors' | 'peft';
  out: string;
  batchSize: 'dynamic' | number;
  prompt?: string;
  /** Precisions in which the ONNX file is written too. */
  dtype: Mode[];
  overwrite?: true;
  device: DeviceName | 'auto';
}

/** What the formats write, which `--overwrite` replaces. */
const EXPORTED = [
  ...['onnx', 'config.json', 'preprocessor_config.json'],
  ...[
    'vision',
    'language',
    MODEL_CARD_FILE,
    README_FILE,
    'model.safetensors',
    'vision.safetensors',
    'language.safetensors',
    'SHA256SUMS',
  ],
  ...['vision_adapter', 'language_adapter'],
];

/** Writes a trained model as files for other programs. */
export async function exportModel(checkpoint: string, flags: ExportFlags): Promise<void> {
  const { to, out, batchSize: batch, prompt, dtype } = flags;
  if (to !== 'onnx' && prompt !== undefined) throw new UsageError('--prompt is for --to onnx: leave it out.');
  if (to !== 'onnx' && dtype.length > 0) throw new UsageError('--dtype is for --to onnx: leave it out.');
  const folder = await findModel(checkpoint);
  if (existsSync(out) && !flags.overwrite) {
    throw new Error(`${out} already exists: choose another --out, or replace it with --overwrite.`);
  }
  const others = (existsSync(out) ? readdirSync(out) : []).filter((name) => !EXPORTED.includes(name));
  if (others.length > 0) {
    throw new Error(
      `${out} also holds ${others.slice(0, 3).join(', ')}${others.length > 3 ? ' and more' : ''}, which no export wrote, so --overwrite replaces nothing: move it elsewhere, or choose another --out.`,
    );
  }
  await recoverFolder(out);
  await withModel(folder, flags, (model) =>
    writing(out, async () => {
      if (to === 'onnx') {
        await exportOnnx(model, out, { batch, prompt: prompt === undefined ? undefined : { text: prompt } });
        await nameModel(out, folder);
        if (dtype.length > 0) await quantizeFile(join(out, 'onnx', 'model.onnx'), { modes: dtype });
      } else if (to === 'model') await saveToShare(model, folder, out);
      else if (to === 'peft') await exportAdapters(model, out);
      else await exportSafetensors(model, out);
    }),
  );
  console.log(`Wrote ${out}.`);
}

/** Says in an ONNX file's configuration which model it is of. */
async function nameModel(out: string, folder: string): Promise<void> {
  const path = join(out, 'config.json');
  await writeJson(path, { ...((await readJson(path)) as object), [EXPORTED_DIGEST]: await modelDigest(folder) });
}

/** The model with what people should know of it. */
async function saveToShare(model: LlmMde, folder: string, out: string): Promise<void> {
  const card = await readModelCard(folder);
  await model.save(out, { halfPrecision: true });
  if (card) await writeModelCard(out, card, model.configuration);
}
