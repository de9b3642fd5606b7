import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';
import { folderFiles, memoryFiles, readJson, urlFiles } from './file-source.js';
import { SafetensorsFile } from './safetensors/file.js';

const folder = temporaryFolder();

it('reads what a server has, and says how it answered otherwise', async () => {
  const server = createServer(({ url }, response) => {
    response.statusCode = { '/m/config.json': 200, '/m/page': 200, '/m/broken.json': 500 }[url!] ?? 404;
    if (url === '/m/page') response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end('{"a":1}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const files = urlFiles(`http://127.0.0.1:${(server.address() as AddressInfo).port}/m`);
  expect(await readJson(files, 'config.json')).toEqual({ a: 1 });
  expect([await files.read('missing.json'), await files.read('page')]).toEqual([undefined, undefined]);
  await expect(files.read('broken.json')).rejects.toThrow('broken.json cannot be read: the server answered 500.');
  server.close();
});

it('names a file that is missing, is no JSON or cannot be read', async () => {
  const files = memoryFiles(new Map([['bad.json', Uint8Array.of(123)]]));
  await expect(readJson(files, 'config.json')).rejects.toThrow('the model in memory has no config.json.');
  await expect(readJson(files, 'bad.json')).rejects.toThrow('bad.json of the model in memory is not valid JSON');
  expect(await folderFiles('/').read('no/such/file')).toBeUndefined();
  await expect(folderFiles('/').read('.')).rejects.toThrow('cannot be read (it is not a regular file).');
});

// Neither exists on Windows.
it.skipIf(process.platform === 'win32')('neither waits for a pipe nor reads a device without end', async () => {
  execFileSync('mkfifo', [join(folder.path, 'pipe')]);
  for (const path of [join(folder.path, 'pipe'), '/dev/zero']) {
    await expect(folderFiles('/').read(path.slice(1))).rejects.toThrow('it is not a regular file');
    await expect(SafetensorsFile.open(path)).rejects.toThrow('it is not a regular file');
  }
});
