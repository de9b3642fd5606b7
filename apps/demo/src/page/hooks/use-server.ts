import { useEffect, useState } from 'preact/hooks';
import type { ModelsAnswer } from '../../server/schemas.js';
import { describeServer } from '../estimators/server-estimator.js';

export interface Server {
  /** Undefined until the server has answered. */
  description?: ModelsAnswer;
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
