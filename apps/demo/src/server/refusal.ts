import { STATUS_CODES } from 'node:http';

/** What a client did wrong or the server cannot do now: the message says what, and what to do about it. */
export class Refusal extends Error {
  override name = 'Refusal';

  constructor(
    readonly statusCode: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** The body of every answer that is an error. */
export function refusalBody(statusCode: number, message: string) {
  return { statusCode, error: STATUS_CODES[statusCode] ?? 'Error', message };
}
