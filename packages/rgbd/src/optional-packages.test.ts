import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it, vi } from 'vitest';

const folder = temporaryFolder();

// As where neither is installed; no DatasetError, which a loader may pass over: then every frame would be missing without a word.
it('a missing package is named with its install command, and is no fault of the file', async () => {
  for (const name of ['sharp', 'h5wasm', 'h5wasm/node']) {
    vi.doMock(name, () => {
      throw new Error('not here');
    });
  }
  const { decodeImage, openHdf5, openHdf5Bytes, readExifFocalLength } = await import('./formats.js');
  const { DatasetError } = await import('./errors.js');
  const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
  const path = join(folder.path, 'frame.h5');
  writeFileSync(path, signature);
  const sharp = 'Image files need the package sharp, which did not load; `npm install sharp` installs it.';
  const h5wasm = 'HDF5 files need the package h5wasm, which did not load; `npm install h5wasm` installs it.';
  for (const [reading, sentence] of [
    [() => decodeImage(new Uint8Array(1), 'a.png'), sharp],
    [() => readExifFocalLength(new Uint8Array(1)), sharp],
    [() => openHdf5(path), h5wasm],
    [() => openHdf5Bytes(signature, 'b.h5'), h5wasm],
  ] as const) {
    const error = await reading().then(String, (reason) => reason);
    expect(error.message).toContain(sentence);
    expect(error).not.toBeInstanceOf(DatasetError);
  }
});
