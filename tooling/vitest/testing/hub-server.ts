import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubRepositoryContent {
  /** Files of each commit. */
  commits: Record<string, Record<string, Uint8Array | string>>;
  /** Commits of branches and tags. */
  refs: Record<string, string>;
  access?: 'public' | 'private' | 'gated';
}

export interface HubRequest {
  method: string;
  path: string;
  range: string | undefined;
  token: string | undefined;
  status: number;
}

/** The token that opens private and gated repositories, and may write those of `owner`. */
export const TOKEN = 'hf_secret';
/** One that the hub knows and that may write nothing. */
export const READ_TOKEN = 'hf_reads';
/** One that the hub does not know. */
export const UNKNOWN_TOKEN = 'hf_unknown';

/**
 * Answers on this machine as the hub does: information on a repository, files by range, large ones by a redirect to another host
 * (the same server under another name), errors with `X-Error-Code`. Repositories are made and written as @huggingface/hub does it: which files are
 * large (preupload), which of these the hub lacks (LFS batch), their content (PUT to another host), and one commit that names them all.
 */
export class HubServer {
  readonly repositories = new Map<string, HubRepositoryContent>();
  readonly requests: HubRequest[] = [];
  /** Breaks the connection off after so many bytes of a large file; taken from the front, one for each transfer. */
  readonly interruptions: number[] = [];
  /** Answers everything with this status, where set. */
  outage: number | undefined;
  /** Sends everything on with this status, to the same server under another name, as mirrors do. */
  redirects: number | undefined;
  /** Ignores ranges of large files but the first byte, as some proxies do. */
  ignoresRanges = false;
  /** Changes large files on their way. */
  damages = false;
  /** Changes small files on their way. */
  damagesSmall = false;
  /** Names of data sets and spaces, which models can't have. */
  readonly otherKinds = new Set<string>();
  /** Large files that were uploaded whole, by SHA-256: what the hub keeps though no commit names it yet. */
  readonly storage = new Map<string, Uint8Array>();
  /** SHA-256 of each large file that was uploaded whole, in order. */
  readonly uploads: string[] = [];
  /** Breaks the connection off after so many bytes of an upload; taken from the front, one for each upload that is as long. */
  readonly uploadInterruptions: number[] = [];
  /** An upload of at least so many bytes is never answered, where set. */
  stallsUploadsFrom: number | undefined;
  /** Called when such an upload has begun. */
  onStall = () => {};
  /** Large files are uploaded in parts of so many bytes, where set. */
  partSize: number | undefined;
  /** Commits are made, but the connection breaks before the answer; counted down. */
  lostCommitAnswers = 0;
  private readonly parts = new Map<string, Uint8Array>();
  url = '';
  private readonly server = createServer((request, response) => this.answer(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Does nothing where it is not running. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Transfers of whole files, or of what was left of them. */
  get downloads(): string[] {
    return this.requests
      .filter(
        ({ path, range, status }) => status < 300 && range !== 'bytes=0-0' && /^\/(?:.*\/resolve|large)\//.test(path),
      )
      .map(({ path }) => path.split('/').at(-1)!);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { method = '', headers } = request;
    const path = decodeURIComponent(new URL(request.url!, this.url).pathname);
    const token = headers.authorization?.replace('Bearer ', '');
    response.on('close', () =>
      this.requests.push({ method, path, range: headers.range, token, status: response.statusCode }),
    );
    if (this.outage !== undefined) return refuse(response, this.outage);
    if (this.redirects && headers.host?.startsWith('127.0.0.1')) {
      return response
        .writeHead(this.redirects, { Location: this.url.replace('127.0.0.1', 'localhost') + request.url })
        .end();
    }
    if (token === UNKNOWN_TOKEN) {
      response.setHeader('X-Error-Message', 'Invalid credentials in Authorization header');
      return refuse(response, 401);
    }
    if (path.includes('/paths-info/') && method !== 'POST') return refuse(response, 404);
    if (path.startsWith('/storage/')) return this.store(request, response);
    if (method === 'POST' && !path.includes('/paths-info/')) return this.write(request, response, path, token);
    if (path.startsWith('/large/')) return this.sendLarge(request, response, path);
    const [, name, revision] =
      /^\/api\/models\/(.+)\/(?:revision|paths-info)\/(.+)$/.exec(path) ??
      /^\/(.+?)\/resolve\/([^/]+)\//.exec(path) ??
      [];
    const repository = this.repositories.get(name ?? '');
    if (!repository || (repository.access === 'private' && token !== TOKEN)) {
      return refuse(response, token ? 404 : 401, 'RepoNotFound');
    }
    const commit = repository.refs[revision!] ?? revision!;
    const files = repository.commits[commit];
    if (!files) return refuse(response, 404, 'RevisionNotFound');
    if (path.startsWith('/api/')) {
      const answer = path.includes('/paths-info/')
        ? describe(files, (await readJson(request)) as { paths: string[] })
        : { _id: '1', id: name, sha: commit, siblings: Object.keys(files).map((rfilename) => ({ rfilename })) };
      return response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
    }
    if (repository.access === 'gated' && token !== TOKEN) return refuse(response, token ? 403 : 401, 'GatedRepo');
    const file = path.slice(path.indexOf('/resolve/') + '/resolve/'.length + revision!.length + 1);
    const content = files[file];
    if (content === undefined) return refuse(response, 404, 'EntryNotFound');
    response.setHeader('X-Repo-Commit', commit);
    if (typeof content === 'string') {
      response.setHeader('ETag', `"${gitHash(content)}"`);
      const sent = this.damagesSmall ? content.replace(/^./, '~') : content;
      return send(response, Buffer.from(sent), headers.range);
    }
    response.setHeader('X-Linked-ETag', `"${sha256(content)}"`);
    response.setHeader('X-Linked-Size', content.length);
    const elsewhere = this.url.replace('127.0.0.1', 'localhost');
    return response.writeHead(302, { Location: `${elsewhere}/large/${name}/${commit}/${file}` }).end();
  }

  private async write(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    token: string | undefined,
  ): Promise<unknown> {
    const text = await readText(request);
    const answer = (value: object) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
    if (token === undefined) return refuse(response, 401);
    if (path === '/api/repos/create') {
      const { name, organization, type, visibility } = JSON.parse(text);
      const id = `${organization}/${name}`;
      if (token !== TOKEN || organization !== 'owner') return refuse(response, 403);
      if (this.repositories.has(id) || this.otherKinds.has(id)) return refuse(response, 409);
      const first = commitHash([]);
      if (type === 'model') {
        this.repositories.set(id, {
          commits: { [first]: { '.gitattributes': '*.safetensors filter=lfs\n' } },
          refs: { main: first },
          access: visibility === 'private' ? 'private' : 'public',
        });
      }
      return answer({ url: `${this.url}/${id}`, id });
    }
    const [, name] =
      /^\/api\/models\/(.+)\/(?:preupload|commit)\/main$/.exec(path) ??
      /^\/(.+)\.git\/info\/lfs\/objects\/batch$/.exec(path) ??
      [];
    const repository = this.repositories.get(name ?? '');
    if (!repository) return refuse(response, 404, 'RepoNotFound');
    if (token !== TOKEN || !name!.startsWith('owner/')) return refuse(response, 403);
    if (path.includes('/preupload/')) {
      const { files } = JSON.parse(text) as { files: { path: string; size: number }[] };
      const uploadMode = (file: string, size: number) => (size > 10e6 || LARGE.test(file) ? 'lfs' : 'regular');
      return answer({ files: files.map(({ path, size }) => ({ path, uploadMode: uploadMode(path, size) })) });
    }
    if (path.endsWith('/objects/batch')) {
      const { objects } = JSON.parse(text) as { objects: { oid: string; size: number }[] };
      response.setHeader('Content-Type', 'application/vnd.git-lfs+json');
      return answer({ transfer: 'basic', objects: objects.map((object) => this.uploadOf(object)) });
    }
    return this.commit(name!, repository, text, response);
  }

  /** Where a large file is to go; nowhere if it is here. */
  private uploadOf({ oid, size }: { oid: string; size: number }): object {
    if (this.storage.has(oid)) return { oid, size };
    const href = `${this.url.replace('127.0.0.1', 'localhost')}/storage/${oid}`;
    const { partSize } = this;
    if (partSize === undefined) return { oid, size, actions: { upload: { href } } };
    const places = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => String(index + 1).padStart(5, '0'));
    const header = { chunk_size: String(partSize), ...Object.fromEntries(places.map((at) => [at, `${href}/${at}`])) };
    return { oid, size, actions: { upload: { href, header } } };
  }

  private async store(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const [, , oid, part] = request.url!.split('/');
    const size = Number(request.headers['content-length']);
    // The address is the permission: nobody else learns the token.
    if (request.headers.authorization !== undefined) return refuse(response, 400);
    if (request.method === 'POST') {
      const own = [...this.parts]
        .filter(([place]) => place.startsWith(`${oid}/`))
        .sort(([one], [other]) => (one < other ? -1 : 1));
      return this.keep(oid!, Buffer.concat(own.map(([, bytes]) => bytes)), response);
    }
    if (this.stallsUploadsFrom !== undefined && size >= this.stallsUploadsFrom) {
      request.once('data', () => this.onStall());
      return;
    }
    const limit =
      size > (this.uploadInterruptions[0] ?? Number.POSITIVE_INFINITY) ? this.uploadInterruptions.shift() : undefined;
    const pieces: Uint8Array[] = [];
    let received = 0;
    try {
      for await (const piece of request as AsyncIterable<Uint8Array>) {
        pieces.push(piece);
        received += piece.length;
        if (limit !== undefined && received >= limit) return response.destroy();
      }
    } catch {
      // Whoever sent it has gone.
      return;
    }
    const content = Buffer.concat(pieces);
    if (part === undefined) return this.keep(oid!, content, response);
    this.parts.set(`${oid}/${part}`, content);
    return response.setHeader('ETag', `"${part}"`).end();
  }

  private keep(oid: string, content: Uint8Array, response: ServerResponse): void {
    if (sha256(content) !== oid) {
      refuse(response, 400);
      return;
    }
    this.storage.set(oid, content);
    this.uploads.push(oid);
    response.end();
  }

  private commit(name: string, repository: HubRepositoryContent, text: string, response: ServerResponse): unknown {
    const [header, ...operations] = text.split('\n').map((line) => JSON.parse(line) as CommitLine);
    const { parentCommit } = header!.value;
    if (parentCommit !== undefined && parentCommit !== repository.refs.main) return refuse(response, 412);
    const files = { ...repository.commits[repository.refs.main!] };
    for (const { key, value } of operations) {
      if (key === 'file') files[value.path!] = Buffer.from(value.content!, 'base64').toString();
      else if (key === 'deletedFile') delete files[value.path!];
      else if (!this.storage.has(value.oid!)) return refuse(response, 400);
      else files[value.path!] = this.storage.get(value.oid!)!;
    }
    const commitOid = commitHash([repository.refs.main, text]);
    repository.commits[commitOid] = files;
    repository.refs.main = commitOid;
    if (this.lostCommitAnswers-- > 0) return response.destroy();
    const answer = { success: true, commitOid, commitUrl: `${this.url}/${name}/commit/${commitOid}`, hookOutput: '' };
    return response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
  }

  private sendLarge({ headers }: IncomingMessage, response: ServerResponse, path: string): void {
    const [, name, commit, file] = /^\/large\/(.+)\/([0-9a-f]{40})\/(.+)$/.exec(path)!;
    let content = this.repositories.get(name!)!.commits[commit!]![file!] as Uint8Array;
    if (this.damages) content = content.map((byte, index) => (index === 9 ? byte ^ 1 : byte));
    // Not what the hub gives the file.
    response.setHeader('ETag', '"storage-1"');
    const limit = headers.range === 'bytes=0-0' ? undefined : this.interruptions.shift();
    send(response, content, this.ignoresRanges ? undefined : headers.range, limit);
  }
}

/** Files that the hub keeps outside of git. */
const LARGE = /\.(?:safetensors|onnx)$/;

interface CommitLine {
  key: 'header' | 'file' | 'lfsFile' | 'deletedFile';
  value: { path?: string; content?: string; oid?: string; parentCommit?: string };
}

function commitHash(content: readonly unknown[]): string {
  return createHash('sha1').update(JSON.stringify(content)).digest('hex');
}

/** @param limit Bytes after which the connection breaks. */
function send(response: ServerResponse, content: Uint8Array, range: string | undefined, limit?: number): void {
  const [, start = '0', end = ''] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const part = content.subarray(Number(start), end === '' ? undefined : Number(end) + 1);
  if (range) {
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${start}-${Number(start) + part.length - 1}/${content.length}`);
  }
  response.setHeader('Content-Length', part.length);
  if (limit === undefined) response.end(part);
  else response.write(part.subarray(0, limit), () => setTimeout(() => response.destroy(), 50));
}

function refuse(response: ServerResponse, status: number, code?: string): void {
  if (code) response.setHeader('X-Error-Code', code);
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error: 'refused' }));
}

function describe(files: Record<string, Uint8Array | string>, { paths }: { paths: string[] }): unknown[] {
  return paths
    .filter((path) => path in files)
    .map((path) => {
      const content = files[path]!;
      if (typeof content === 'string') {
        return { type: 'file', path, oid: gitHash(content), size: Buffer.byteLength(content) };
      }
      const lfs = { oid: sha256(content), size: content.length, pointerSize: 130 };
      return { type: 'file', path, oid: gitHash('the pointer'), size: content.length, lfs, xetHash: 'f'.repeat(64) };
    });
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  return JSON.parse(await readText(request));
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of request as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The identifier that git gives a file. */
function gitHash(content: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(content)}\0${content}`)
    .digest('hex');
}
