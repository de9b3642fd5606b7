// What towers.py writes, read with a few lines of our own for safetensors, so that the package's reader is not checked by itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The content of a folder's goldens.json, where every case also has `tensor(name)`, which returns `{ shape, values }` with a Float32Array or
 * Int32Array.
 */
export function readGoldens(folder) {
  const goldens = JSON.parse(readFileSync(join(folder, 'goldens.json'), 'utf8'));
  const tensor = readTensors(readFileSync(join(folder, 'goldens.safetensors')));
  const cases = goldens.cases.map((entry) => ({ ...entry, tensor: (name) => tensor(`${entry.name}/${name}`) }));
  return { ...goldens, cases };
}

const ARRAYS = { F32: Float32Array, I32: Int32Array };

function readTensors({ buffer, byteOffset, byteLength }) {
  const headerLength = Number(new DataView(buffer, byteOffset, byteLength).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, byteOffset + 8, headerLength)));
  const start = byteOffset + 8 + headerLength;
  return (name) => {
    const entry = header[name];
    if (!entry) throw new Error(`The goldens hold no tensor "${name}".`);
    const [from, to] = entry.data_offsets;
    return { shape: entry.shape, values: new ARRAYS[entry.dtype](buffer.slice(start + from, start + to)) };
  };
}
