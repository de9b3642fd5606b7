// What towers.py writes, from its two files' contents; for Node and browsers. It has its own few lines for safetensors, so that the package's reader is not
// checked by itself.

/**
 * The content of goldens.json, where every case also has `tensor(name)`, which returns `{ shape, values }` with a Float32Array or
 * Int32Array.
 *
 * @param bytes Of goldens.safetensors.
 */
export function parseGoldens(json, bytes) {
  const goldens = JSON.parse(json);
  const tensor = readTensors(bytes);
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
