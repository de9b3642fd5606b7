import type { onRequestHookHandler } from 'fastify';
import type { Budget } from './budget.js';
import { Refusal } from './refusal.js';

/** A hook that lets as many requests in as the budget has, each until its answer is sent or its client is gone. */
export function createAdmission(requests: Budget): onRequestHookHandler {
  return async (_request, reply) => {
    const giveBack = requests.tryTake();
    if (!giveBack) {
      throw new Refusal(429, `The server is busy with ${requests.capacity} requests: try again in a second.`, {
        'retry-after': '1',
        // Its body is not going to be read.
        connection: 'close',
      });
    }
    reply.raw.once('close', giveBack);
  };
}
