import type { FastifyError, FastifyInstance } from 'fastify';

/** An error with the HTTP status that Fastify answers with; its message is for the client. */
export class HttpError extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Logs unexpected errors and hides them from the client; Fastify itself answers the others. */
export function hideInternalErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError) => {
    if (error instanceof HttpError || (error.statusCode ?? 500) < 500) throw error;
    console.error(error);
    throw new HttpError(500, 'Internal error: see the log of the server.');
  });
}
