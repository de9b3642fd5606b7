import { DEVICE_NAMES, type DeviceName, openDevice } from '@llm-mde/backend';
import { Command, InvalidArgumentError, Option } from 'commander';
import { createServer } from '../server/create-server.js';
import { ModelRegistry } from '../server/models.js';
import { modelsOption, shippedModels } from './models.js';

interface Options {
  models?: string;
  compare?: string[];
  host: string;
  port: number;
  allowedHosts?: string[];
  device: DeviceName | 'auto';
}

/** Serves the page until it is interrupted. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('serve the page and its API')
    .addOption(modelsOption())
    .option(
      '--compare <names...>',
      "depth models of others to compare with: folders in transformers.js' layout, or names on the hub such as onnx-community/depth-anything-v2-small",
    )
    .option('--host <address>', 'address to listen on; 0.0.0.0 accepts other machines', '127.0.0.1')
    .option(
      '--allowed-hosts <names...>',
      'other host names under which the page is opened, such as that of a proxy; .example.com stands for all of its subdomains (localhost, IP addresses and --host are allowed)',
    )
    .option('--port <number>', 'port to listen on; 0 picks a free one', readPort, 8642)
    .addOption(new Option('--device <name>', 'device to run on').choices(['auto', ...DEVICE_NAMES]).default('auto'))
    .action(serve);
}

async function serve({ models, compare, host, port, allowedHosts = [], device: wanted }: Options): Promise<void> {
  const device = await openDevice({ device: wanted });
  const registry = await ModelRegistry.open(models ?? (await shippedModels()), {
    compiler: device.compile,
    others: compare,
  });
  const app = await createServer({ device, registry, allowedHosts: [host, ...allowedHosts] });
  const address = await app.listen({ host, port });
  // The page is available at once; if no model loads, the program ends with the reason.
  await registry.loadFirst();
  const names = registry.list().map(({ id }) => id);
  console.log(`${names.join(', ')} on ${device.name} (${device.hardware})`);
  for (const { about } of registry.others.list()) console.log(about);
  console.log(`Open ${address}  (press Ctrl+C to stop)`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      console.log('Finishing open requests…');
      await app.close();
      await device.close();
      process.exit(0);
    });
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('It must be an integer from 0 to 65535.');
  return port;
}
