import { useEffect, useState } from 'preact/hooks';
import type { AttendedWords, Estimator } from '../estimators/estimator.js';
import type { Photo } from '../lib/photo.js';

export interface Words {
  /** Undefined until loaded. */
  words?: AttendedWords;
  problem?: string;
}

/** The words that the patches of a photo attend to, requested once they are wanted. */
export function useWords(photo: Photo | undefined, model: string, estimator: Estimator, wanted: boolean): Words {
  const [known, setKnown] = useState<Words & { of?: unknown[] }>({});
  const isKnown = known.of?.[0] === photo && known.of?.[1] === model && known.of?.[2] === estimator;
  useEffect(() => {
    if (!photo || !model || !wanted || isKnown) return undefined;
    const controller = new AbortController();
    const of = [photo, model, estimator];
    estimator.words(photo, model, controller.signal).then(
      (words) => controller.signal.aborted || setKnown({ words, of }),
      ({ message }: Error) => controller.signal.aborted || setKnown({ problem: message, of }),
    );
    return () => controller.abort();
  }, [photo, model, estimator, wanted, isKnown]);
  return isKnown ? known : {};
}
