import type { Request, Response } from './protocol.js';
import type { SessionHost } from './session-host.js';

/** What a worker does with requests: it answers one after the other. */
export function serve(host: Promise<SessionHost>): (id: number, request: Request) => Promise<Response> {
  host.catch(() => {}); // Every answer reports it.
  let queue: Promise<unknown> = Promise.resolve();
  return (id, request) => {
    const response = queue.then(async (): Promise<Response> => {
      try {
        const values = await (await host).handle(request);
        return values ? { id, values } : { id };
      } catch (error) {
        return { id, error: error instanceof Error ? error.message : String(error) };
      }
    });
    queue = response;
    return response;
  };
}

/** The memory of a response's values, to be handed over instead of copied. */
export function buffersOf(response: Response): ArrayBuffer[] {
  const values = 'values' in response ? (response.values ?? []) : [];
  return [...new Set(values.map(({ buffer }) => buffer as ArrayBuffer))];
}
