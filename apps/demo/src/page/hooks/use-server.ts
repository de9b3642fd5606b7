import { useEffect, useState } from 'preact/hooks';
import { describeServer, type ServerDescription } from '../estimators/server-estimator.js';

export interface Server {
  /** Undefined until the server has answered. */
  description?: ServerDescription;
  problem?: string;
}

/** The models and the device of the server. */
export function useServer(): Server {
  const [server, setServer] = useState<Server>({});
  useEffect(() => {
    describeServer().then(
      (description) => setServer({ description }),
      ({ message }: Error) => setServer({ problem: message }),
    );
  }, []);
  return server;
}
