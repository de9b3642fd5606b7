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

/** The token that opens private and gated repositories. */
export const TOKEN = 'hf_secret';

/**
 * Answers on this machine as the hub does: information on a repository, files by range, large ones by a redirect to another host
 * (the same server under another name), errors with `X-Error-Code`.
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
    if (path.includes('/paths-info/') && method !== 'POST') return refuse(response, 404);
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
      return send(response, Buffer.from(content), headers.range);
    }
    response.setHeader('X-Linked-ETag', `"${sha256(content)}"`);
    response.setHeader('X-Linked-Size', content.length);
    const elsewhere = this.url.replace('127.0.0.1', 'localhost');
    return response.writeHead(302, { Location: `${elsewhere}/large/${name}/${commit}/${file}` }).end();
  }

  private sendLarge({ headers }: IncomingMessage, response: ServerResponse, path: string): void {
    const [, name, commit, file] = /^\/large\/(.+)\/([^/]+)\/([^/]+)$/.exec(path)!;
    let content = this.repositories.get(name!)!.commits[commit!]![file!] as Uint8Array;
    if (this.damages) content = content.map((byte, index) => (index === 9 ? byte ^ 1 : byte));
    // Not what the hub gives the file.
    response.setHeader('ETag', '"storage-1"');
    const limit = headers.range === 'bytes=0-0' ? undefined : this.interruptions.shift();
    send(response, content, this.ignoresRanges ? undefined : headers.range, limit);
  }
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
  let text = '';
  for await (const piece of request) text += piece;
  return JSON.parse(text);
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
