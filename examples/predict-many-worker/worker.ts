import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { LlmMde } from 'llm-mde';

export type Message = { photo: string } & ({ nearest: number; farthest: number } | { error: string });

const { photos, output } = workerData as { photos: string; output: string };
await mkdir(output, { recursive: true });
const model = await LlmMde.load('tiny');

for (const photo of (await readdir(photos)).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort()) {
  try {
    const prediction = await model.predict(join(photos, photo));
    const file = join(output, `${photo}.depth.png`);
    await writeFile(`${file}.part`, await prediction.toPng16());
    await rename(`${file}.part`, file); // whole or not at all
    report({ photo, nearest: prediction.minimum, farthest: prediction.maximum });
  } catch (error) {
    report({ photo, error: (error as Error).message });
  }
}

function report(message: Message): void {
  parentPort!.postMessage(message);
}
