import { PretrainedError } from '../pretrained-error.js';

/** What a repository is called in requests and messages. */
export interface HubLocation {
  endpoint: string;
  name: string;
  revision: string;
}

/** The hub answered, but not with what was asked for. */
export class HubHttpError extends Error {
  constructor(
    readonly status: number,
    /** The hub's own word for it, such as `GatedRepo`. */
    readonly code: string | undefined,
    /** What the hub says of it, for people. */
    readonly detail?: string,
  ) {
    super(`status ${status}${code ? ` (${code})` : ''}`);
  }
}

/** `fetch`, where an answer that is not a success is thrown with the hub's own reason, which its library would drop. */
export async function hubFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  let response = await fetch(input, init);
  // A redirect may have made a GET of it, as 301 and 302 do: it is asked again where it lies now, for another host without the token.
  if (init?.method === 'POST' && response.redirected) {
    await response.body?.cancel();
    const headers = new Headers(init.headers);
    if (new URL(response.url).origin !== new URL(String(input)).origin) headers.delete('Authorization');
    response = await fetch(response.url, { ...init, headers });
  }
  const code = response.headers.get('X-Error-Code') ?? undefined;
  // The library understands this one by itself.
  if (response.ok || code === 'EntryNotFound') return response;
  throw new HubHttpError(response.status, code, await detailOf(response));
}

async function detailOf(response: Response): Promise<string | undefined> {
  let detail: unknown = response.headers.get('X-Error-Message') ?? undefined;
  if (detail === undefined && response.headers.get('Content-Type')?.includes('json')) {
    detail = await response.json().then(
      (value) => value?.error ?? value?.message,
      () => undefined,
    );
  } else await response.body?.cancel();
  return typeof detail === 'string' ? detail.slice(0, LONGEST_DETAIL) : undefined;
}

const LONGEST_DETAIL = 300;

/** Whether another attempt may help. fetch and its streams report a broken connection as a TypeError. */
export function isInterruption(error: unknown): boolean {
  return error instanceof HubHttpError ? error.status >= 500 : error instanceof TypeError;
}

/** Whether the hub could not be reached, or is out of order: then the cache may serve. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof HubHttpError ? error.status >= 500 : !(error instanceof PretrainedError);
}

/**
 * An error as a sentence that says what to do.
 * @param advice What else can be done where the hub does not help, as the end of a sentence.
 */
export function describeHubError(error: unknown, location: HubLocation, advice: string): PretrainedError {
  const { endpoint, name } = location;
  if (error instanceof PretrainedError) return error;
  if (error instanceof Error && 'syscall' in error) {
    return new PretrainedError(`${name} could not be put into the cache: ${error.message}.`, { cause: error });
  }
  if (!(error instanceof HubHttpError)) {
    return new PretrainedError(
      `${name} could not be loaded from ${endpoint}: ${reasonOf(error)}. Check the network, or ${advice}`,
      { cause: error },
    );
  }
  return new PretrainedError(sentence(error, location, advice), { cause: error });
}

function sentence(
  { status, code, message }: HubHttpError,
  { endpoint, name, revision }: HubLocation,
  advice: string,
): string {
  if (code === 'GatedRepo') {
    return (
      `${name} is a gated repository: accept its conditions at ${endpoint}/${name}, ` +
      'then give an access token of that account (option `token`, or HF_TOKEN in the environment).'
    );
  }
  if (code === 'RevisionNotFound') return `${name} has no branch, tag or commit "${revision}" on ${endpoint}.`;
  if (code === 'RepoNotFound' || status === 401 || status === 403 || status === 404) {
    return (
      `There is no repository ${name} on ${endpoint}, or it is private, and there is no folder of that name: check the name, ` +
      'and for a private repository the access token (option `token`, or HF_TOKEN in the environment).'
    );
  }
  if (status === 429)
    return `${endpoint} refuses more requests for now (status 429): wait some minutes, or give an access token.`;
  return `${name} could not be loaded from ${endpoint}: it answered with ${message}. Try again later, or ${advice}`;
}

/** fetch says only "fetch failed"; why is in the cause. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message ? `${message} (${cause.message})` : message;
}
