import { resolve } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { Command } from 'commander';
import { writeStaticDemo } from '../static/static-demo.js';
import { modelsOption, shippedModels } from './models.js';

/** Writes the page as files. */
export function staticCommand(): Command {
  return new Command('static')
    .description(
      'write the page for any host of static files: models run in the browser, and it works offline after the first visit',
    )
    .argument('[folder]', 'folder to write', 'runs/demo-static')
    .addOption(modelsOption())
    .action(writeStatic);
}

async function writeStatic(given: string, { models }: { models?: string }): Promise<void> {
  const folder = resolve(given);
  const device = await openDevice();
  const written = await writeStaticDemo(folder, { models: models ?? (await shippedModels()) });
  await device.close();
  for (const { id, bytes, halved } of written.models) {
    const percent = halved && (100 * halved.change).toPrecision(2);
    const precision =
      halved && `: float16 changes its depth by ${percent} %${halved.accepted ? '' : ', float32 is kept'}`;
    console.log(`${id}, ${megabytes(bytes)} MB${precision ?? ''}`);
  }
  if (written.leftOut.length > 0) {
    console.log(
      `Left out: ${written.leftOut.join(', ')}, whose pretrained encoders are not on this machine. Predict with them once, or set LLM_MDE_TOWERS.`,
    );
  }
  console.log(`Browsers store ${megabytes(written.storedBytes)} MB at the first visit, to work offline after it.`);
  console.log(
    `Copy ${folder} to any host of static files (https, for the service worker), or try: npx serve ${folder}`,
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
