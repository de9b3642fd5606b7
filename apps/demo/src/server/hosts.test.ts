import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { checkOrigins } from './hosts.js';

const app = Fastify();
checkOrigins(app, ['demo.internal', '.example.com']);
app.all('/', async () => 'hello');
const status = async (headers: Record<string, string>, method: 'GET' | 'POST' = 'POST') =>
  (await app.inject({ method, url: '/', headers })).statusCode;

it.each([
  'localhost:8642',
  'a.localhost',
  '127.0.0.1:80',
  '[::1]:8642',
  '192.168.1.5',
  'demo.internal',
  'Example.com',
  'a.example.com:1',
])('answers under the host name %s', async (host) => expect(await status({ host })).toBe(200));

it.each([
  'evil.example',
  'evil.example:8642',
  'localhost.evil.example',
  'notexample.com',
  '127.0.0.1.evil.example',
  'a b',
])('refuses the host name "%s"', async (host) => expect(await status({ host })).toBe(403));

it('names the host and the option', async () => {
  const { message } = (await app.inject({ url: '/', headers: { host: 'evil.example' } })).json();
  expect(message).toBe('The host name evil.example is not allowed: start the demo with --allowed-hosts evil.example.');
});

it('refuses what pages of other origins send, and lets their links open the page', async () => {
  const host = 'localhost:8642';
  expect(await status({ host, origin: 'http://localhost:8642', 'sec-fetch-site': 'same-origin' })).toBe(200);
  // Behind a proxy that encrypts.
  expect(await status({ host: 'demo.internal', origin: 'https://demo.internal' })).toBe(200);
  for (const origin of ['http://evil.example', 'http://localhost:3000', 'null', 'http://localhost:8642.evil.example']) {
    expect(await status({ host, origin }), origin).toBe(403);
  }
  const crossSite = { host, 'sec-fetch-site': 'cross-site' };
  expect(await status(crossSite, 'GET')).toBe(403);
  expect(await status({ ...crossSite, 'sec-fetch-mode': 'navigate' }, 'GET')).toBe(200);
  expect(await status({ ...crossSite, 'sec-fetch-mode': 'navigate' })).toBe(403);
});
