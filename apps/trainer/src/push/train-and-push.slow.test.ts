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

it('a model is trained and pushed by one command, over a connection that breaks, and predicts the same by its name', async () => {
  const hub = new HubServer();
  await hub.start();
  onTestFinished(() => hub.stop());
  const llmMde = async (...parameters: string[]) => {
    const environment = { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN, HF_HOME: join(folder, 'home') };
    const child = spawn(process.execPath, [cli, ...parameters], {
      cwd: folder,
      env: { ...process.env, ...environment },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece));
    const [status] = await once(child, 'close');
    return { status, output };
  };
  const rooms = 'data.rooms={"count":84,"width":48,"height":36,"seed":0,"variety":"nyu"}';
  hub.uploadInterruptions.push(400_000, 500_000);
  const trained = await llmMde('train', '--set', rooms, '--set', 'training.epochs=1', '--push', 'owner/rooms');
  expect(trained).toMatchObject({ status: 0, output: expect.stringContaining(`Pushed 11 files, from `) });
  expect([hub.uploadInterruptions, new Set(hub.uploads).size]).toEqual([[], hub.uploads.length]);
  const { commits, refs } = hub.repositories.get('owner/rooms')!;
  const page = String(commits[refs.main!]!['README.md']);
  expect(page).toContain('llm-mde train --set data.rooms.count=84 ');
  expect(page).not.toContain(folder);
  writeFileSync(join(folder, 'photo.png'), encodePng(new Uint8Array(48).fill(90), { width: 4, height: 4 }));
  for (const [model, out] of [
    ['runs/rooms-tiny', 'local'],
    ['owner/rooms', 'loaded'],
  ] as const)
    expect(await llmMde('predict', model, 'photo.png', '--out', out, '--format', 'npy')).toMatchObject({ status: 0 });
  const file = (out: string, name: string) => readFileSync(join(folder, out, name));
  expect(file('loaded', 'photo.npy').equals(file('local', 'photo.npy'))).toBe(true);
  // By the digest of its files it is the same model.
  expect(JSON.parse(String(file('loaded', 'photo.json'))).model).toBe(
    JSON.parse(String(file('local', 'photo.json'))).model,
  );
}, 600_000);
