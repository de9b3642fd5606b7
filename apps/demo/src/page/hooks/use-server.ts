import { useEffect, useState } from 'preact/hooks';
import type { ServerDescription } from '../estimate/estimator.js';
import { describeServer } from '../estimate/server-estimator.js';

export interface Server {
  /** Undefined until it has answered. */
  description?: ServerDescription;
  problem?: string;
}

/** What the server says about itself. */
export function useServer(): Server {
  const [server, setServer] = useState<Server>({});
  useEffect(() => {
    describeServer().then(
      (description) => setServer({ description }),
      ({ message }: Error) => setServer({ problem: `The server does not answer (${message}). Is it still running?` }),
    );
  }, []);
  return server;
}
