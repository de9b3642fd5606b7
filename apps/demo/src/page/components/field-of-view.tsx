import type { View } from '../hooks/use-view.js';
import { DEFAULT_FIELD_OF_VIEW } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';

interface FieldOfViewProps {
  photo: Photo;
  view: View;
  /** Whether the model's metres follow it; the 3D view does always. */
  scalesDepth: boolean;
}

/** The camera's field of view: where it is from, and a slider for it. */
export function FieldOfView({ photo, view, scalesDepth }: FieldOfViewProps) {
  const { fieldOfView } = view;
  const stated = photo.fieldOfView;
  const source =
    fieldOfView === stated
      ? "from the photo's EXIF data"
      : stated === undefined && fieldOfView === DEFAULT_FIELD_OF_VIEW
        ? 'assumed'
        : 'set here';
  return (
    <div class="row">
      <label class="field">
        <small>Field of view</small>
        <input
          type="range"
          min="20"
          max="120"
          value={fieldOfView}
          onInput={({ currentTarget }) => view.change({ fieldOfView: Number(currentTarget.value) })}
        />
        <output>{Math.round(fieldOfView)}°</output>
      </label>
      <small>
        {source}
        {scalesDepth && ': distances follow it'}
      </small>
    </div>
  );
}
