// Keeps the files of the static demo in the browser, so that the page works offline. It runs at the root of the page, after a line that lists the files
// as `STORED_FILES` (see stored-files.ts).
import type { StoredFile } from './stored-files.js';

/** The part of a service worker's scope that is used here: TypeScript knows either that of pages or this one. */
interface ServiceWorkerScope {
  STORED_FILES: readonly StoredFile[];
  registration: { scope: string };
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(
    type: 'install' | 'activate',
    listener: (event: { waitUntil(work: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(
    type: 'fetch',
    listener: (event: { request: Request; respondWith(answer: Promise<Response>): void }) => void,
  ): void;
}

const scope = globalThis as unknown as ServiceWorkerScope;
const root = scope.registration.scope;
/** One store for each place of the page; its keys hold the checksums of files, so that files of two versions lie in it side by side. */
const store = () => caches.open(`llm-mde-demo ${root}`);
const files = new Map(scope.STORED_FILES.map((file) => [addressOf(file), file]));

function addressOf({ path }: StoredFile): string {
  return root + path.split('/').map(encodeURIComponent).join('/');
}

const keyOf = (address: string, { sha256 }: StoredFile) => `${address}?sha256=${sha256}`;

scope.addEventListener('install', (event) => event.waitUntil(storeFirstFiles()));

/** Brings what is not there yet; an older version goes on until all of it is. */
async function storeFirstFiles(): Promise<void> {
  for (const [address, file] of files) {
    if (file.atFirst && !(await stored(address, file))) await bring(address, file);
  }
}

scope.addEventListener('activate', (event) => event.waitUntil(Promise.all([forgetOldFiles(), scope.clients.claim()])));

async function forgetOldFiles(): Promise<void> {
  const current = new Set([...files].map(([address, file]) => keyOf(address, file)));
  const cache = await store();
  for (const key of await cache.keys()) if (!current.has(key.url)) await cache.delete(key);
}

/** The page asks for its new version. */
scope.addEventListener('message', ({ data }) => {
  if (data === 'use this version') void scope.skipWaiting();
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const asked = origin + pathname;
  const address = asked === root || request.mode === 'navigate' ? `${root}index.html` : asked;
  const file = request.method === 'GET' ? files.get(address) : undefined;
  if (file) event.respondWith(answer(address, file));
});

async function answer(address: string, file: StoredFile): Promise<Response> {
  return (await stored(address, file)) ?? bring(address, file);
}

async function stored(address: string, file: StoredFile): Promise<Response | undefined> {
  return (await store()).match(keyOf(address, file));
}

/** Downloads and keeps a file. @throws if it is not the one that belongs to this version. */
async function bring(address: string, file: StoredFile): Promise<Response> {
  const response = await fetch(address, { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${file.path}: the server answered ${response.status}.`);
  const content = await response.clone().arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (sha256 !== file.sha256) throw new Error(`${file.path} has changed on the server.`);
  // Without room for it, the page still works online.
  await (await store()).put(keyOf(address, file), response.clone()).catch(() => {});
  return response;
}
