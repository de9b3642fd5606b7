import { existsSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { UsageError } from '../output/sentences.js';
import { type TrainingEvents, timeText } from '../output/show-training.js';
import type { MetricsRow } from '../run/metrics-log.js';
import { isRun, type RunFolder } from '../run/run-folder.js';
import { parseRows, readRun } from './read-run.js';
import { renderReport } from './report.js';
import type { RunReport } from './report-data.js';

const HOST = '127.0.0.1';

/** A page that has not asked for so long is closed. */
const GONE_AFTER_MILLISECONDS = 4000;
/** At the end, pages have so long to get the report of the test. */
const FAREWELL_MILLISECONDS = 5000;
/** Of `metrics.jsonl`, in one answer. */
const LARGEST_PIECE = 1 << 18;

/** What a page that follows a run is told. */
interface News {
  rows: MetricsRow[];
  /** Where the rows after these begin, in bytes. */
  next: number;
  /** What is going on. */
  text: string;
  /** `tested`: the page should load the report of the test; `stopped`: there is none, and no more rows. */
  state: 'running' | 'tested' | 'stopped';
}

/**
 * Serves the report of a run on this machine while it is being trained. It reads the run's own files whenever a page asks and keeps nothing of
 * them; when training ends, the pages load the report of the test, and the server ends.
 */
export class LiveReport {
  private text = 'Training is being prepared.';
  private state: News['state'] = 'running';
  /** When each open page last asked. */
  private readonly pages = new Map<number, number>();
  private pagesServed = 0;
  /** Pages that were told to load the report, and have not yet. */
  private reloading = 0;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly folder: RunFolder,
    private readonly server: Server,
    readonly address: string,
  ) {}

  /**
   * @param port 0 for a free one.
   * @throws {UsageError} if it can not be used.
   */
  static async start(folder: RunFolder, port: number): Promise<LiveReport> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.code ?? error.message})`;
        reject(
          new UsageError(`Port ${port} ${reason}: choose another with --watch <port>, or any free one with --watch.`),
        );
      });
      server.listen(port, HOST, resolve);
    });
    // It is not what keeps the program running.
    server.unref();
    const live = new LiveReport(folder, server, `http://${HOST}:${(server.address() as AddressInfo).port}/`);
    server.on('request', (request, response) => {
      live.answer(request, response).catch((error) => send(response, 500, 'text/plain', (error as Error).message));
    });
    return live;
  }

  /** Events that tell the pages too what is going on. */
  following(events: TrainingEvents): TrainingEvents {
    return {
      onRender: (done, total) => {
        this.text = `Rendering rooms: ${done} of ${total}.`;
        events.onRender?.(done, total);
      },
      onStart: (run) => {
        this.text = `Training on ${run.device} (${run.hardware}).`;
        events.onStart?.(run);
      },
      onStep: (row, progress) => {
        const { totalSteps, secondsLeft } = progress;
        const left = Number.isFinite(secondsLeft) ? `, ${timeText(secondsLeft)} left` : '';
        this.text = `Training: epoch ${row.epoch}, step ${row.step} of ${totalSteps}${left}.`;
        events.onStep?.(row, progress);
      },
      onValidation: (row, isBest) => {
        this.text = `Epoch ${row.epoch} is done${isBest ? ', the best so far' : ''}.`;
        events.onValidation?.(row, isBest);
      },
      onEvaluation: (done, total) => {
        this.text = `Testing: ${done} of ${total} frames.`;
        events.onEvaluation?.(done, total);
      },
    };
  }

  /** Ends the server. @param isTested whether there is a report of the test for the pages that are open. */
  close(isTested: boolean): Promise<void> {
    this.closing ??= this.end(isTested);
    return this.closing;
  }

  private async end(isTested: boolean): Promise<void> {
    this.state = isTested ? 'tested' : 'stopped';
    this.text = isTested ? 'Tested.' : 'Training has stopped. These are the last values.';
    const until = Date.now() + FAREWELL_MILLISECONDS;
    while (Date.now() < until && (this.openPages() > 0 || this.reloading > 0)) await pause(50);
    const ended = new Promise((resolve) => this.server.close(resolve));
    // What is on its way arrives.
    await Promise.race([ended, pause(500)]);
    this.server.closeAllConnections();
    await ended;
  }

  private openPages(): number {
    for (const [page, asked] of this.pages) {
      if (Date.now() - asked > GONE_AFTER_MILLISECONDS) this.pages.delete(page);
    }
    return this.pages.size;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOf(request);
    if (refusal) return send(response, ...refusal);
    const { pathname, searchParams } = new URL(request.url ?? '/', this.address);
    if (pathname === '/') {
      const isReport = this.state === 'tested';
      const page = isReport ? await readFile(this.folder.report, 'utf8') : await this.page();
      response.once('close', () => {
        if (isReport) this.reloading = Math.max(0, this.reloading - 1);
      });
      return send(response, 200, 'text/html', page);
    }
    if (pathname !== '/rows') return send(response, 404, 'text/plain', 'There is nothing here but the report at /.');
    const [from, page] = ['from', 'page'].map((name) => Number(searchParams.get(name) ?? Number.NaN));
    if (![from, page].every((value) => Number.isSafeInteger(value) && value! >= 0)) {
      return send(response, 400, 'text/plain', 'from and page must be non-negative integers.');
    }
    return send(response, 200, 'application/json', JSON.stringify(await this.news(from!, page!)));
  }

  private async page(): Promise<string> {
    const page = ++this.pagesServed;
    const { metrics } = this.folder;
    // The size first: a row that comes in between is told twice rather than never.
    const bytes = await wholeBytes(metrics);
    const run = await this.run();
    const seconds = [...(run.seconds?.values() ?? [])].reduce((most, value) => Math.max(most, value), 0);
    return renderReport([run], { bytes, page, seconds, text: this.text });
  }

  /** Without the test of an earlier training in this folder. */
  private async run(): Promise<RunReport> {
    if (!isRun(this.folder)) {
      const nothing = { notes: [], limits: [], configuration: {}, environment: {}, history: [], evaluations: [] };
      return { name: this.folder.path, ...nothing };
    }
    return { ...(await readRun(this.folder)), limits: [], evaluations: [], tested: undefined };
  }

  private async news(from: number, page: number): Promise<News> {
    const text = await piece(this.folder.metrics, from);
    const rows = parseRows(text, this.folder.metrics);
    const state = rows.length > 0 ? 'running' : this.state;
    this.openPages();
    if (state === 'running') this.pages.set(page, Date.now());
    else if (this.pages.delete(page) && state === 'tested') this.reloading += 1;
    return { rows, next: from + Buffer.byteLength(text), text: this.text, state };
  }
}

/** The whole lines of a file from a byte on; not more than fit one answer. */
async function piece(path: string, from: number): Promise<string> {
  if (!existsSync(path)) return '';
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LARGEST_PIECE), 0, LARGEST_PIECE, from);
    return buffer.toString('utf8', 0, buffer.lastIndexOf('\n', bytesRead - 1) + 1 || 0);
  } finally {
    await file.close();
  }
}

/** How many bytes of a file are whole lines. */
async function wholeBytes(path: string): Promise<number> {
  if (!existsSync(path)) return 0;
  const { size } = await stat(path);
  const start = Math.max(0, size - LARGEST_PIECE);
  return start + Buffer.byteLength(await piece(path, start));
}

/**
 * Refuses what other websites make a visitor's browser send, as the demo's server does: requests to a host name that points at this machine, and
 * requests of other origins' pages. Links to the page work.
 */
function refusalOf({ method, headers }: IncomingMessage): [status: number, type: string, text: string] | undefined {
  if (method !== 'GET' && method !== 'HEAD') return [405, 'text/plain', 'Only GET is answered.'];
  const host = URL.canParse(`http://${headers.host}`) ? new URL(`http://${headers.host}`).hostname : '';
  const isLocal = isIP(host.replace(/^\[|\]$/g, '')) > 0 || host === 'localhost' || host.endsWith('.localhost');
  if (!isLocal) return [403, 'text/plain', `The host name ${host} is not allowed: use ${HOST}.`];
  const isForeign = headers.origin !== undefined && headers.origin !== `http://${headers.host}`;
  const opensPage = headers['sec-fetch-mode'] === 'navigate';
  if (isForeign || (headers['sec-fetch-site'] === 'cross-site' && !opensPage)) {
    return [403, 'text/plain', 'Pages of other websites may not use this server.'];
  }
  return undefined;
}

function send(response: ServerResponse, status: number, type: string, content: string): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-security-policy': "frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  response.end(content);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
