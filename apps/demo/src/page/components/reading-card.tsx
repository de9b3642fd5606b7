import { intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';
import type { Calibration } from '../hooks/use-calibration.js';
import type { Estimates, Result } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import { depthAt, distanceBetween, distanceError } from '../lib/geometry.js';
import { measuredPixels } from '../lib/measured-pixels.js';
import { Distance } from './distance.js';
import { KnownDistanceForm } from './known-distance-form.js';

interface ReadingCardProps {
  estimates: Estimates;
  view: View;
  calibration: Calibration;
}

/** The value of the tool in large type, which screen readers announce, and a field for who knows it better. */
export function ReadingCard({ estimates: { results }, view, calibration }: ReadingCardProps) {
  const { pointer, tool } = view;
  const pixels = measuredPixels(view);
  const isMeasuring = tool === 'measure';
  const readings = results.map((result) => ({
    ...result,
    ...(isMeasuring ? measure(result, view) : read(result, view)),
  }));
  return (
    <section class="card reading">
      <h2>{isMeasuring ? measuredText(pixels.length) : 'Depth at cursor'}</h2>
      <div aria-live="polite">
        <div class="reading__numbers row">
          {readings.map(({ title, metres, error }) => (
            <p key={title}>
              <strong>
                <Distance metres={metres} error={error} />
              </strong>
              {readings.length > 1 && <small>{title}</small>}
            </p>
          ))}
        </div>
        {pointer && (
          <small class="reading__place">
            column {pointer.column}, row {pointer.row}
          </small>
        )}
      </div>
      {readings.some(({ metres }) => metres !== undefined) && <small>{errorText(results)}</small>}
      {isMeasuring && pixels.length > 0 && (
        <KnownDistanceForm results={results} view={view} pixels={view.measured} calibration={calibration} />
      )}
    </section>
  );
}

interface Reading {
  metres?: number | undefined;
  error?: number | undefined;
}

function read({ estimate, relativeError }: Result, { pointer }: View): Reading {
  const metres = estimate && pointer && depthAt(estimate, pointer);
  return { metres, error: metres !== undefined && relativeError ? metres * relativeError : undefined };
}

function measure({ estimate, relativeError }: Result, view: View): Reading {
  const pixels = measuredPixels(view);
  if (!estimate || pixels.length === 0) return {};
  const camera = intrinsicsFromFieldOfView(view.fieldOfView, estimate);
  return {
    metres: distanceBetween(estimate, pixels, camera),
    error: relativeError && distanceError(estimate, pixels, camera, relativeError),
  };
}

function measuredText(count: number): string {
  return count === 1 ? 'Distance from the camera' : 'Distance between points';
}

/** Where the interval comes from. */
function errorText(results: readonly Result[]): string {
  if (results.some(({ scale }) => scale !== undefined)) {
    return 'Calibrated by known distances. How far off it still is, is not known.';
  }
  const errors = results.flatMap(({ relativeError }) => relativeError ?? []);
  if (errors.length === 0) return 'How far off it is, is not known.';
  return `±: depth of this model is off by ${errors.map((error) => `${Math.round(100 * error)} %`).join(' and ')} on average. Single distances can be off by more.`;
}
