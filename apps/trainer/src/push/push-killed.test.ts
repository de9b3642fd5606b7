import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng } from '@llm-mde/depth-maps';
import { HubServer, TOKEN } from '@llm-mde/tooling-vitest/testing/hub-server';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it, onTestFinished } from 'vitest';

// The built command, as a user runs it.
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const folder = folderOfFile();

it('a push that is killed shows nothing, the next one goes on, and a new process loads the model by its name', async () => {
  const hub = new HubServer();
  await hub.start();
  onTestFinished(() => hub.stop());
  const start = (parameters: string[], environment: NodeJS.ProcessEnv = {}) =>
    spawn(process.execPath, [cli, ...parameters], {
      cwd: folder,
      env: {
        ...process.env,
        ...{
          NODE_OPTIONS: '',
          LLM_MDE_DEVICE: '',
          HF_ENDPOINT: hub.url,
          HF_TOKEN: TOKEN,
          HF_HOME: join(folder, 'home'),
        },
        ...environment,
      },
    });
  const llmMde = async (parameters: string[], environment?: NodeJS.ProcessEnv) => {
    const child = start(parameters, environment);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece));
    const [status] = await once(child, 'close');
    return { status, output };
  };
  const push = ['push', 'owner/rooms', 'tiny', '--license', 'mit'];
  writeFileSync(join(folder, 'photo.png'), encodePng(new Uint8Array(48).fill(90), { width: 4, height: 4 }));
  const predict = (model: string, out: string, environment?: NodeJS.ProcessEnv) =>
    llmMde(['predict', model, 'photo.png', '--out', out, '--format', 'npy'], environment);

  // The largest of its three large files.
  hub.stallsUploadsFrom = 600_000;
  const stalled = new Promise<void>((resolve) => {
    hub.onStall = resolve;
  });
  const killed = start(push);
  await stalled;
  await expect.poll(() => hub.uploads, { timeout: 30_000 }).toHaveLength(2);
  killed.kill('SIGKILL');
  await once(killed, 'close');
  const { commits } = hub.repositories.get('owner/rooms')!;
  expect(Object.values(commits).map(Object.keys)).toEqual([['.gitattributes']]);
  expect(await predict('owner/rooms', 'half')).toMatchObject({
    status: 1,
    output: expect.stringContaining('The repository owner/rooms (revision main) has no config.json'),
  });

  hub.stallsUploadsFrom = undefined;
  expect(await llmMde(push)).toMatchObject({ status: 0, output: expect.stringContaining('Pushed 7 files') });
  expect(new Set(hub.uploads).size).toBe(3);
  expect(hub.uploads).toHaveLength(3);

  expect((await predict('tiny', 'local')).status).toBe(0);
  expect((await predict('owner/rooms', 'loaded')).status).toBe(0);
  expect((await predict('owner/rooms@main', 'offline', { HF_HUB_OFFLINE: '1' })).status).toBe(0);
  for (const out of ['loaded', 'offline'])
    expect(readFileSync(join(folder, out, 'photo.npy')).equals(readFileSync(join(folder, 'local', 'photo.npy')))).toBe(
      true,
    );
}, 300_000);
