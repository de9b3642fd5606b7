import { fileURLToPath } from 'node:url';

/** The page, as vite builds it. */
export const PAGE = fileURLToPath(new URL('../dist/page', import.meta.url));

/** The script of the page's service worker, of src/static/service-worker.ts. */
export const SERVICE_WORKER = fileURLToPath(new URL('../dist/service-worker.js', import.meta.url));
