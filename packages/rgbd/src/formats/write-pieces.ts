import { closeSync, openSync, writeSync } from 'node:fs';
import { replaceFile } from '@llm-mde/checkpoints';

/** Replaces a file by pieces that are written at any position; if `produce` fails, the file stays as it was. */
export function writePieces(
  path: string,
  produce: (write: (bytes: Uint8Array, position: number) => void) => Promise<void>,
): Promise<void> {
  return replaceFile(path, async (temporary) => {
    const file = openSync(temporary, 'w');
    try {
      await produce((bytes, position) => {
        for (let done = 0; done < bytes.length; ) {
          done += writeSync(file, bytes, done, bytes.length - done, position + done);
        }
      });
    } finally {
      closeSync(file);
    }
  });
}
