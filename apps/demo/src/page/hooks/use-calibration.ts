import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { applicable, calibrationFile, type KnownDistance, scaleOf, seenWith } from '../lib/calibration.js';
import { cameraOf, type Photo } from '../lib/photo.js';

export interface Calibration {
  /** All known distances, also those of other photos and models. */
  known: readonly KnownDistance[];
  add(distance: Pick<KnownDistance, 'pixels' | 'metres' | 'predictions'>): void;
  /** Forgets all. */
  reset(): void;
  /** The factor for all depth of a model on the photo that is shown; undefined if no known distance applies. */
  scaleOf(key: string): number | undefined;
  /** How many distances it rests on. */
  countOf(key: string): number;
  /** JSON of what applies to a model. */
  file(key: string, model: string): string;
}

/** The distances that people know, as long as the page is open. */
export function useCalibration(photo: Photo | undefined, fieldOfView: number): Calibration {
  const [known, setKnown] = useState<readonly KnownDistance[]>([]);
  const camera = photo ? cameraOf(photo) : '';
  // A corrected field of view holds for the distances of its photo too.
  useEffect(() => {
    const isOther = (distance: KnownDistance) => distance.url === photo?.url && distance.fieldOfView !== fieldOfView;
    setKnown((before) =>
      before.some(isOther)
        ? before.map((distance) => (isOther(distance) ? seenWith(distance, fieldOfView) : distance))
        : before,
    );
  }, [photo, fieldOfView]);
  const add: Calibration['add'] = useCallback(
    (distance) => {
      if (!photo) return;
      const { name, url, width, height, fileSize } = photo;
      const where = { photo: name, url, size: { width, height }, fileSize, camera, fieldOfView };
      setKnown((before) => [...before, { ...distance, ...where }]);
    },
    [photo, camera, fieldOfView],
  );
  return useMemo(
    () => ({
      known,
      add,
      reset: () => setKnown([]),
      scaleOf: (key) => scaleOf(known, key, camera),
      countOf: (key) => applicable(known, key, camera).length,
      file: (key, model) => calibrationFile(known, key, model, camera),
    }),
    [known, add, camera],
  );
}
