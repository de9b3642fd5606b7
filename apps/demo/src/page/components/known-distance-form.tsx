import { depthAround } from '@llm-mde/depth-maps';
import { useState } from 'preact/hooks';
import type { Calibration } from '../hooks/use-calibration.js';
import type { Result } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import type { Pixel } from '../lib/geometry.js';

interface KnownDistanceFormProps {
  results: readonly Result[];
  view: View;
  /** One, from the camera, or two. */
  pixels: readonly Pixel[];
  calibration: Calibration;
}

/** Takes the distance that was measured in the room, which calibrates the depth of all models that are shown. */
export function KnownDistanceForm({ results, view, pixels, calibration }: KnownDistanceFormProps) {
  const [text, setText] = useState('');
  const metres = Number(text.replace(',', '.'));
  const isValid = text.trim() !== '' && metres > 0 && Number.isFinite(metres);
  const predictions = results.flatMap(({ key, estimate, scale = 1 }) =>
    estimate && estimate.unit !== 'relative'
      ? {
          key,
          depths: pixels.map(({ column, row }) => depthAround(estimate, [column, row]) / scale),
          knowsCamera: estimate.fieldOfView !== null,
        }
      : [],
  );
  return (
    <form
      class="known"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isValid) return;
        calibration.add({ pixels, metres, predictions });
        // What is shown from now on is that of the points, wherever the pointer is.
        view.change({ pointer: undefined });
        setText('');
      }}
    >
      <label class="field">
        <span>I know this distance{pixels.length === 1 && ', straight from the camera to the point'}:</span>
        <span class="known__entry">
          <input
            type="text"
            inputMode="decimal"
            autocomplete="off"
            size={5}
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />{' '}
          m
        </span>
      </label>
      <button type="submit" class="button button--small" disabled={!isValid || predictions.length === 0}>
        Calibrate
      </button>
    </form>
  );
}
