#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { DEVICE_NAMES, type DeviceName, openDevice } from '@llm-mde/backend';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ensureModel } from './ensure-model.js';
import { createServer, ModelShelf } from './index.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const DEFAULT_MODEL = `${repository}runs/rooms-tiny/best`;

const program = new Command('demo')
  .description('Shows the depth of photos, and the words behind it, on a page of its own.')
  .option('--models <folder>', 'a saved model, or a folder of training runs (default: what npm start trained)')
  .option('--host <address>', 'where to listen; others than this machine reach 0.0.0.0', '127.0.0.1')
  .option('--port <number>', 'where to listen; 0 for any free one', readPort, 8642)
  .addOption(new Option('--device <name>', 'what computes').choices(['auto', ...DEVICE_NAMES]).default('auto'))
  .showHelpAfterError('Run demo --help to see what there is.');

try {
  await main(program.parse().opts());
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message || error.name : error}`);
  process.exit(1);
}

interface Options {
  models?: string;
  host: string;
  port: number;
  device: DeviceName | 'auto';
}

async function main({ models, host, port, device: wanted }: Options): Promise<void> {
  const folder = models ?? (await ensureModel(DEFAULT_MODEL, repository));
  const device = await openDevice({ device: wanted });
  const shelf = await ModelShelf.open(folder, { compiler: device.compile });
  const app = await createServer({ device, shelf });
  const address = await app.listen({ host, port });
  // The page is there at once; a model that does not load ends the program with the reason.
  await shelf.use(shelf.find().id);
  const names = shelf.list().map(({ id }) => id);
  console.log(`${names.join(', ')} on ${device.name} (${device.hardware})`);
  console.log(`Open ${address}  (Ctrl+C ends it)`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      console.log('Finishing what is under way …');
      await app.close();
      await device.close();
      process.exit(0);
    });
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}
