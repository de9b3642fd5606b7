import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { HttpError } from './errors.js';

/**
 * Refuses what other websites make a visitor's browser send: requests to another host name, which a website can point at this machine (DNS
 * rebinding), and requests that a page of another origin makes. Links from other websites to the page work.
 *
 * @param allowed Host names besides those of loopback, IP addresses and the name that the server listens on; `.example.com` allows its
 * subdomains too.
 */
export function checkOrigins(app: FastifyInstance, allowed: readonly string[]): void {
  app.addHook('onRequest', async ({ headers, method }) => {
    const host = hostnameOf(`http://${headers.host}`);
    if (!isAllowed(host, allowed)) {
      throw new HttpError(403, `The host name ${host} is not allowed: start the demo with --allowed-hosts ${host}.`);
    }
    const { origin } = headers;
    const isForeign = origin !== undefined && hostAndPort(origin) !== headers.host && origin !== `https://${host}`;
    const opensPage = headers['sec-fetch-mode'] === 'navigate' && method === 'GET';
    if (isForeign || (headers['sec-fetch-site'] === 'cross-site' && !opensPage)) {
      throw new HttpError(403, 'Pages of other websites may not use this server.');
    }
  });
}

function isAllowed(host: string, allowed: readonly string[]): boolean {
  const names = ['.localhost', ...allowed].map((name) => name.toLowerCase());
  return (
    isIP(host.replace(/^\[|\]$/g, '')) > 0 ||
    names.some((name) => host === name.replace(/^\./, '') || (name.startsWith('.') && host.endsWith(name)))
  );
}

/** In lower case, without the port; an IPv6 address in brackets. */
function hostnameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

function hostAndPort(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}
