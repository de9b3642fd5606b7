import { Download } from 'lucide-preact';
import type { Calibration } from '../hooks/use-calibration.js';
import type { Result } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import { DEFAULT_FIELD_OF_VIEW } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';
import { saveFile } from '../lib/save-file.js';

interface CameraCardProps {
  photo: Photo;
  view: View;
  results: readonly Result[];
  calibration: Calibration;
}

/** The camera's field of view: where it is from, and a slider for it; and the scale that known distances give. */
export function CameraCard({ photo, view, results, calibration }: CameraCardProps) {
  const { fieldOfView, change } = view;
  const stated = photo.fieldOfView;
  const initial = stated ?? DEFAULT_FIELD_OF_VIEW;
  const source = fieldOfView !== initial ? 'set here' : stated === undefined ? 'assumed' : "from the photo's EXIF data";
  const first = results[0]?.estimate;
  return (
    <section class="card">
      <h2>Camera</h2>
      <label class="field">
        <small>Field of view</small>
        <input
          type="range"
          min="20"
          max="120"
          value={fieldOfView}
          aria-valuetext={`${Math.round(fieldOfView)} degrees`}
          onInput={({ currentTarget }) => change({ fieldOfView: Number(currentTarget.value) })}
        />
        <output>{Math.round(fieldOfView)}°</output>
      </label>
      <p class="quiet">
        A lens of {filmMillimetres(fieldOfView, photo)} mm on 35-mm film, {source}.{' '}
        {first &&
          (first.fieldOfView === null
            ? 'The 3D view and distances across the picture follow it; depth does not, because the model does not know the camera.'
            : 'Distances follow it.')}{' '}
        {fieldOfView !== initial && (
          <button type="button" class="link" onClick={() => change({ fieldOfView: initial })}>
            Back to {Math.round(initial)}°
          </button>
        )}
      </p>
      <Scales results={results} calibration={calibration} />
    </section>
  );
}

function Scales({ results, calibration }: Pick<CameraCardProps, 'results' | 'calibration'>) {
  if (calibration.known.length === 0) {
    return <p class="quiet">You know a distance? Measure it in the picture, and type how long it is.</p>;
  }
  return (
    <div class="scales">
      {results.map(({ key, title, model, scale }) => (
        <p key={key} class="row">
          <span>
            {results.length > 1 && `${title}: `}
            {scale === undefined
              ? 'no known distance of this model and camera'
              : `depth × ${scale.toFixed(2)}, from ${calibration.countOf(key)} known ${calibration.countOf(key) === 1 ? 'distance' : 'distances'}`}
          </span>
          {scale !== undefined && (
            <button
              type="button"
              class="button button--small"
              onClick={() =>
                saveFile(new Blob([calibration.file(key, model)], { type: 'application/json' }), 'calibration.json')
              }
            >
              <Download /> JSON
            </button>
          )}
        </p>
      ))}
      <button type="button" class="button button--small" onClick={calibration.reset}>
        Reset the scale
      </button>
      <p class="quiet">
        Kept while this page is open. The file has the command with which llm-mde calibrate stores it in the model.
      </p>
    </div>
  );
}

/** The focal length as its equivalent on 35-mm film, of the same diagonal. */
function filmMillimetres(degrees: number, { width, height }: Photo): number {
  const focalLength = (0.5 * Math.max(width, height)) / Math.tan((degrees * Math.PI) / 360);
  return Math.round((focalLength * Math.hypot(36, 24)) / Math.hypot(width, height));
}
