import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HubServer, TOKEN } from '@llm-mde/tooling-vitest/testing/hub-server';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readJson } from '../file-source.js';
import { openPretrained } from '../pretrained.js';
import { PretrainedError } from '../pretrained-error.js';
import { SafetensorsError } from '../safetensors/error.js';
import { encodeSafetensors } from '../safetensors/write.js';
import type { DownloadProgress, PretrainedOptions } from './options.js';

const FIRST = '1'.repeat(40);
const SECOND = '2'.repeat(40);
const NAME = 'owner/tiny';
const VARIABLES = [
  'HF_TOKEN',
  'HF_HUB_OFFLINE',
  'HF_ENDPOINT',
  'HF_HOME',
  'HF_HUB_CACHE',
  'HUGGINGFACE_HUB_CACHE',
  'HF_TOKEN_PATH',
  'XDG_CACHE_HOME',
];

const weights = (value: number) => encodeSafetensors([['x', { shape: [3], data: Float32Array.of(value, 1, 2) }]]);
/** Enough to be transferred in several pieces. */
const LARGE = encodeSafetensors([
  ['x', { shape: [300_000], data: Float32Array.from({ length: 300_000 }, (_, index) => index) }],
]);

const temporary = temporaryFolder();
let hub: HubServer;
let cacheFolder: string;

beforeEach(async () => {
  for (const name of VARIABLES) vi.stubEnv(name, undefined);
  cacheFolder = join(temporary.path, 'hub');
  vi.stubEnv('HF_HOME', temporary.path);
  hub = new HubServer();
  await hub.start();
  hub.repositories.set(NAME, {
    refs: { main: SECOND, old: FIRST, 'refs/pr/1': FIRST },
    commits: {
      [FIRST]: { 'config.json': '{"version":1}', 'model.safetensors': weights(1) },
      [SECOND]: {
        'config.json': '{"version":2}',
        'tokenizer.json': '{}',
        'model.safetensors': weights(2),
        'README.md': '',
      },
    },
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
});

async function load(name = NAME, options: PretrainedOptions = {}) {
  const pretrained = await openPretrained(name, { endpoint: hub.url, ...options });
  try {
    const config = await readJson(pretrained.files, 'config.json');
    const values = await pretrained.weights().get('x')!.read();
    return { config, first: values[0], pretrained };
  } finally {
    await pretrained.close();
  }
}

describe('the cache', () => {
  it('is that of Python: blobs, links to them by commit, and refs', async () => {
    const { config, first, pretrained } = await load(NAME, { optionalFiles: ['tokenizer.json', 'vocab.txt'] });
    expect([config, first]).toEqual([{ version: 2 }, 2]);
    const repository = join(cacheFolder, 'models--owner--tiny');
    const snapshot = join(repository, 'snapshots', SECOND);
    expect(pretrained.files).toMatchObject({ name: NAME, folder: snapshot, revision: SECOND });
    expect([
      pretrained.files.has('tokenizer.json'),
      pretrained.files.has('vocab.txt'),
      pretrained.files.has('README.md'),
    ]).toEqual([true, false, false]);
    expect((await readdir(snapshot)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    expect(await readFile(join(repository, 'refs', 'main'), 'utf8')).toBe(SECOND);
    for (const file of await readdir(snapshot)) {
      const target = await readlink(join(snapshot, file));
      expect(target).toMatch(
        file === 'model.safetensors' ? /^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/ : /^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/,
      );
    }
    expect(await readdir(join(repository, 'blobs'))).toHaveLength(3);
  });

  it('is asked first: nothing is loaded twice', async () => {
    await load();
    expect(hub.downloads.sort()).toEqual(['config.json', 'model.safetensors']);
    await load();
    expect(hub.downloads).toHaveLength(2);
  });

  it('takes content that is there under another commit', async () => {
    hub.repositories.get(NAME)!.commits[SECOND]!['model.safetensors'] = weights(1);
    await load(NAME, { revision: FIRST });
    await load();
    expect(hub.downloads.filter((file) => file === 'model.safetensors')).toHaveLength(1);
  });

  it('loads again what lost its content', async () => {
    await load();
    await rm(join(cacheFolder, 'models--owner--tiny', 'blobs'), { recursive: true });
    expect((await load()).first).toBe(2);
  });

  it('follows a branch that moves', async () => {
    hub.repositories.get(NAME)!.refs.main = FIRST;
    expect((await load()).config).toEqual({ version: 1 });
    hub.repositories.get(NAME)!.refs.main = SECOND;
    expect((await load()).config).toEqual({ version: 2 });
    expect(await readFile(join(cacheFolder, 'models--owner--tiny', 'refs', 'main'), 'utf8')).toBe(SECOND);
  });

  it('lies where the option or the environment says', async () => {
    const option = join(temporary.path, 'option');
    await load(NAME, { cacheFolder: option });
    vi.stubEnv('HF_HUB_CACHE', join(temporary.path, 'variable'));
    await load();
    expect((await readdir(temporary.path)).sort()).toEqual(['option', 'variable']);
  });

  it('holds each file once, whole, if several load at the same time', async () => {
    hub.repositories.get(NAME)!.commits[SECOND]!['model.safetensors'] = LARGE;
    const loaded = await Promise.all([load(), load(), load()]);
    expect(loaded.map(({ config }) => config)).toEqual(Array(3).fill({ version: 2 }));
    expect(await readdir(join(cacheFolder, 'models--owner--tiny', 'blobs'))).toHaveLength(2);
  });

  it('gets copies where links are not allowed', async () => {
    await load();
    const path = join(cacheFolder, 'models--owner--tiny', 'snapshots', SECOND, 'model.safetensors');
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    await rm(path);
    await writeFile(path, weights(7));
    expect((await load()).first).toBe(7);
  });
});

describe('a revision', () => {
  it.each([
    ['a branch or tag', 'old'],
    ['a name with slashes', 'refs/pr/1'],
    ['a commit', FIRST],
  ])('can be %s', async (_, revision) => {
    const { config, pretrained } = await load(NAME, { revision });
    expect(config).toEqual({ version: 1 });
    expect(pretrained.files.revision).toBe(FIRST);
    expect((await load(NAME, { revision, offline: true })).config).toEqual({ version: 1 });
  });

  it('that is not there is named', async () => {
    await expect(load(NAME, { revision: 'nightly' })).rejects.toThrow(
      `owner/tiny has no branch, tag or commit "nightly" on ${hub.url}.`,
    );
  });

  it('cannot lead out of the cache', async () => {
    const revision = '../../../outside';
    hub.repositories.get(NAME)!.refs[revision] = SECOND;
    await expect(load(NAME, { revision })).rejects.toThrow('leads out of the cache folder');
  });
});

describe('without a network', () => {
  it.each<[string, PretrainedOptions, () => unknown]>([
    ['offline mode', { offline: true }, () => undefined],
    ['HF_HUB_OFFLINE', {}, () => vi.stubEnv('HF_HUB_OFFLINE', '1')],
    ['no answer', {}, () => hub.stop()],
    [
      'a hub that is out of order',
      {},
      () => {
        hub.outage = 503;
      },
    ],
  ])('(%s) the cache serves', async (_, options, cut) => {
    const before = (await load()).pretrained;
    const asked = hub.requests.length;
    await cut();
    const { config, pretrained } = await load(NAME, options);
    expect(config).toEqual({ version: 2 });
    expect([pretrained.files.folder, pretrained.files.revision]).toEqual([before.files.folder, before.files.revision]);
    expect(hub.requests.slice(asked).filter(({ status }) => status < 300)).toEqual([]);
  });

  it('offline mode says what is missing and sends nothing', async () => {
    await expect(load(NAME, { offline: true })).rejects.toThrow(
      `owner/tiny (revision main) is not in the cache folder ${cacheFolder}, or not all of it, and offline mode is on`,
    );
    await load(NAME, { revision: 'old' });
    const asked = hub.requests.length;
    await expect(load(NAME, { offline: true })).rejects.toThrow(PretrainedError);
    await rm(join(cacheFolder, 'models--owner--tiny', 'snapshots', FIRST, 'model.safetensors'));
    await expect(load(NAME, { offline: true, revision: 'old' })).rejects.toThrow('or not all of it');
    expect(hub.requests).toHaveLength(asked);
  });

  it('and without a cache the reason is given', async () => {
    const endpoint = hub.url;
    await hub.stop();
    await expect(load(NAME, { endpoint })).rejects.toThrow(
      new RegExp(
        `^owner/tiny could not be loaded from ${endpoint}: fetch failed \\(.*ECONNREFUSED.*\\)\\. Check the network`,
      ),
    );
  });
});

describe('a download', () => {
  beforeEach(() => {
    hub.repositories.get(NAME)!.commits[SECOND]!['model.safetensors'] = LARGE;
  });
  const blobs = () => readdir(join(cacheFolder, 'models--owner--tiny', 'blobs'));

  it('reports its progress, byte for byte', async () => {
    const reports: DownloadProgress[] = [];
    await load(NAME, { onProgress: (progress) => reports.push(progress) });
    const files = ['config.json', 'model.safetensors'];
    expect([...new Set(reports.map(({ file }) => file))]).toEqual(files);
    for (const [file, totalBytes] of [
      ['config.json', 13],
      ['model.safetensors', LARGE.length],
    ] as const) {
      const own = reports.filter((progress) => progress.file === file);
      expect(own[0]).toEqual({ file, loadedBytes: 0, totalBytes });
      expect(own.at(-1)).toEqual({ file, loadedBytes: totalBytes, totalBytes });
      const loaded = own.map(({ loadedBytes }) => loadedBytes);
      expect(loaded).toEqual([...loaded].sort((one, other) => one - other));
    }
    expect(reports.length).toBeGreaterThan(5);
    const count = reports.length;
    await load(NAME, { onProgress: (progress) => reports.push(progress) });
    expect(reports).toHaveLength(count);
  });

  it.each([
    ['goes on where it broke off', false],
    ['starts again where the server knows no ranges', true],
  ])('%s', async (_, ignoresRanges) => {
    hub.ignoresRanges = ignoresRanges;
    hub.interruptions.push(500_000, 200_000);
    const { first } = await load();
    expect(first).toBe(0);
    const ranges = hub.requests.filter(({ path }) => path.startsWith('/large/')).map(({ range }) => range);
    expect(ranges).toHaveLength(3);
    expect(ranges[0]).toBeUndefined();
    expect(ranges[1]).toMatch(/^bytes=\d+-$/);
    const [blob] = (await blobs()).filter((name) => name.length === 64);
    expect(Buffer.compare(await readFile(join(cacheFolder, 'models--owner--tiny', 'blobs', blob!)), LARGE)).toBe(0);
  });

  it('that breaks off for good leaves nothing behind, and can be tried again', async () => {
    hub.interruptions.push(500_000, 0, 0, 0, 0, 0);
    await expect(load()).rejects.toThrow(/^owner\/tiny could not be loaded from .* Check the network/);
    expect(await blobs()).toHaveLength(1);
    expect(existsSync(join(cacheFolder, 'models--owner--tiny', 'refs', 'main'))).toBe(false);
    hub.interruptions.length = 0;
    expect((await load()).config).toEqual({ version: 2 });
  });

  it('whose bytes changed on their way is refused', async () => {
    hub.damages = true;
    await expect(load()).rejects.toThrow('was damaged on its way');
    expect(await blobs()).toHaveLength(1);
  });

  it('is not tried again because of what onProgress throws', async () => {
    const stop = () => {
      throw new Error('enough');
    };
    await expect(load(NAME, { onProgress: stop })).rejects.toThrow('enough');
    expect(hub.downloads).toEqual([]);
  });

  it('that finds no room in the cache says so', async () => {
    await mkdir(cacheFolder);
    await writeFile(join(cacheFolder, 'models--owner--tiny'), 'a file where a folder should be');
    await expect(load()).rejects.toThrow(/^owner\/tiny could not be put into the cache: /);
  });
});

describe('a mirror', () => {
  it.each([301, 302, 307, 308])(
    'may send everything on, which the token does not follow: status %s',
    async (status) => {
      hub.redirects = status;
      const { config, first } = await load(NAME, { token: TOKEN });
      expect([config, first]).toEqual([{ version: 2 }, 2]);
      const followed = hub.requests.filter(({ status }) => status < 300);
      expect(followed.map(({ token }) => token).filter(Boolean)).toEqual([]);
    },
  );
});

describe('a token', () => {
  const sent = () => [
    ...new Set(hub.requests.filter(({ path }) => !path.startsWith('/large/')).map(({ token }) => token)),
  ];
  beforeEach(() => {
    hub.repositories.get(NAME)!.access = 'private';
  });

  it('from the option opens a private repository, and goes to no other host', async () => {
    await load(NAME, { token: TOKEN });
    expect(sent()).toEqual([TOKEN]);
    const elsewhere = hub.requests.filter(({ path }) => path.startsWith('/large/'));
    expect(elsewhere.map(({ token }) => token)).toEqual([undefined]);
  });

  it('from HF_TOKEN does, and the option goes before it', async () => {
    vi.stubEnv('HF_TOKEN', TOKEN);
    await load();
    await expect(load(NAME, { token: 'hf_other', revision: FIRST })).rejects.toThrow('or it is private');
    hub.requests.length = 0;
    await expect(load(NAME, { token: false })).rejects.toThrow('or it is private');
    expect(sent()).toEqual([undefined]);
  });

  it('that `hf auth login` saved does', async () => {
    await writeFile(join(temporary.path, 'token'), `${TOKEN}\n`);
    await load();
    expect(sent()).toEqual([TOKEN]);
  });

  it('of another kind is refused before it is sent', async () => {
    await expect(load(NAME, { token: 'ghp_secret' })).rejects.toThrow('does not begin with "hf_"');
    await expect(load(NAME, { token: 'ghp_secret' })).rejects.not.toThrow('secret');
    expect(hub.requests).toEqual([]);
  });

  it('is what a gated repository asks for', async () => {
    hub.repositories.get(NAME)!.access = 'gated';
    for (const token of [false, 'hf_other'] as const) {
      await expect(load(NAME, { token })).rejects.toThrow(
        `owner/tiny is a gated repository: accept its conditions at ${hub.url}/owner/tiny, then give an access token`,
      );
    }
    expect((await load(NAME, { token: TOKEN })).first).toBe(2);
  });
});

describe('a repository', () => {
  it('that is not there is named, with what to check', async () => {
    for (const token of [false, 'hf_other'] as const) {
      await expect(load('owner/nothing', { token })).rejects.toThrow(
        `There is no repository owner/nothing on ${hub.url}, or it is private, and there is no folder of that name: check the name`,
      );
    }
  });

  it('is found at HF_ENDPOINT', async () => {
    vi.stubEnv('HF_ENDPOINT', `${hub.url}/`);
    expect((await load(NAME, { endpoint: undefined })).first).toBe(2);
  });

  it.each<[string, Record<string, string | Uint8Array>, string]>([
    [
      'no config.json',
      { 'model.safetensors': weights(1) },
      'The repository owner/tiny (revision main) has no config.json',
    ],
    [
      'only pickled weights',
      { 'config.json': '{}', 'pytorch_model.bin': '' },
      'The repository owner/tiny has its weights only as pytorch_model.bin',
    ],
    ['no weights', { 'config.json': '{}' }, 'The repository owner/tiny has neither model.safetensors nor'],
    [
      'a part missing',
      { 'config.json': '{}', 'model.safetensors.index.json': '{"weight_map":{"x":"part.safetensors"}}' },
      'names part.safetensors, but that file is missing',
    ],
    [
      'a part outside',
      { 'config.json': '{}', 'model.safetensors.index.json': '{"weight_map":{"x":"../part.safetensors"}}' },
      'which is not the name of a safetensors file',
    ],
    [
      'config.json that is not JSON',
      { 'config.json': '{', 'model.safetensors': weights(1) },
      'config.json of owner/tiny is not valid JSON',
    ],
  ])('with %s is refused', async (_, files, message) => {
    hub.repositories.get(NAME)!.commits[SECOND] = files;
    await expect(load()).rejects.toThrow(PretrainedError);
    await expect(load()).rejects.toThrow(message);
  });

  it('with broken weights is refused by the name of the file', async () => {
    hub.repositories.get(NAME)!.commits[SECOND]!['model.safetensors'] = weights(1).subarray(0, 70);
    await expect(load()).rejects.toThrow(SafetensorsError);
    await expect(load()).rejects.toThrow(join(SECOND, 'model.safetensors'));
  });

  it('in parts is loaded part by part', async () => {
    hub.repositories.get(NAME)!.commits[SECOND] = {
      'config.json': '{"version":3}',
      'model.safetensors.index.json': JSON.stringify({ weight_map: { x: 'one.safetensors', y: 'two.safetensors' } }),
      'one.safetensors': weights(3),
      'two.safetensors': encodeSafetensors([['y', { shape: [], data: Float32Array.of(4) }]]),
    };
    expect(await load()).toMatchObject({ config: { version: 3 }, first: 3 });
    expect(hub.downloads).toEqual([
      'config.json',
      'model.safetensors.index.json',
      'one.safetensors',
      'two.safetensors',
    ]);
    expect((await load(NAME, { offline: true })).first).toBe(3);
  });

  it('of the oldest kind has no owner', async () => {
    hub.repositories.set('tiny', hub.repositories.get(NAME)!);
    expect((await load('tiny')).pretrained.files.folder).toBe(join(cacheFolder, 'models--tiny', 'snapshots', SECOND));
  });

  it('gives way to a folder of its name', async () => {
    const folder = join(temporary.path, NAME);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'config.json'), '{}');
    await writeFile(join(folder, 'model.safetensors'), weights(9));
    const before = process.cwd();
    process.chdir(temporary.path);
    try {
      const { first, pretrained } = await load();
      expect([first, pretrained.files.folder, pretrained.files.revision]).toEqual([9, NAME, undefined]);
    } finally {
      process.chdir(before);
    }
    expect(hub.requests).toEqual([]);
  });
});
