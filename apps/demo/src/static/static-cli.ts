#!/usr/bin/env node
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@llm-mde/backend';
import { modelFolder } from '@llm-mde/models';
import { Command } from 'commander';
import { writeStaticDemo } from './static-demo.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

const program = new Command('demo:static')
  .description(
    'Write the page for any host of static files: models run in the browser, and it works offline after the first visit.',
  )
  .argument('[folder]', 'folder to write', `${repository}runs/demo-static`)
  .option('--models <path>', 'a saved model, or a folder of training runs (default: the models that come with llm-mde)')
  .showHelpAfterError('Run npm run demo:static -- --help for usage.');

const [folder, { models }] = [resolve(program.parse().processedArgs[0]), program.opts<{ models?: string }>()];
try {
  const device = await openDevice();
  // Beside it lie the others.
  const written = await writeStaticDemo(folder, { models: models ?? resolve((await modelFolder('tiny'))!, '..') });
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
} catch (error) {
  console.error(`demo:static: ${error instanceof Error ? error.message || error.name : error}`);
  process.exitCode = 1;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
