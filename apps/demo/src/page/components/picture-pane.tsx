import { intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';
import type { AttendedWords } from '../estimators/estimator.js';
import type { Estimates, Result } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import { isInformative } from '../lib/attention.js';
import { depthAt, distanceBetween, distanceError, type Pixel } from '../lib/geometry.js';
import { measuredPixels } from '../lib/measured-pixels.js';
import type { Photo } from '../lib/photo.js';
import { DepthCanvas } from './depth-canvas.js';
import { Distance } from './distance.js';
import { PaneWait } from './pane-wait.js';
import { PatchOverlay } from './patch-overlay.js';
import { PictureFrame } from './picture-frame.js';
import { SplitHandle } from './split-handle.js';

interface PicturePaneProps {
  photo: Photo;
  title: string | undefined;
  result: Result;
  /** Whose depth is shown left of the boundary, in place of the photo. */
  beneath?: Result | undefined;
  estimates: Estimates;
  range: [number, number] | undefined;
  view: View;
  words: AttendedWords | undefined;
}

/** The photo and its depth, one over the other, with a movable boundary; and the marks of the tools. */
export function PicturePane({ photo, title, result, beneath, estimates, range, view, words }: PicturePaneProps) {
  const { width, height } = photo;
  const { estimate } = result;
  const shown = words && isInformative(words) ? words : undefined;

  const choose = (pixel: Pixel) => {
    const { tool, measured } = view;
    view.change({
      pointer: pixel,
      ...(tool === 'measure' && { measured: measured.length === 1 ? [...measured, pixel] : [pixel] }),
      ...(tool === 'attention' && shown && { patch: patchAt(photo, shown, pixel), prototype: undefined }),
    });
  };
  return (
    <figure class="pane stack">
      {title && <h2>{title}</h2>}
      <PictureFrame photo={photo} view={view} label={`${photo.name} and its depth`} onChoose={choose}>
        <img src={photo.url} alt="" width={width} height={height} draggable={false} />
        {estimate && range ? (
          <>
            {/* Attention is shown on the photo alone, and only where there is something to see. */}
            {view.tool === 'attention' ? (
              shown && <PatchOverlay photo={photo} words={shown} view={view} />
            ) : (
              <>
                {beneath?.estimate && <DepthCanvas map={beneath.estimate} range={range} colormap={view.colormap} />}
                <div class="pane__depth" style={{ clipPath: `inset(0 0 0 ${view.split * 100}%)` }}>
                  <DepthCanvas map={estimate} range={range} colormap={view.colormap} />
                </div>
                {beneath && (
                  <>
                    <span class="pane__name">{beneath.title}</span>
                    <span class="pane__name pane__name--right">{result.title}</span>
                  </>
                )}
              </>
            )}
            <Marks photo={photo} result={beneath && isLeft(view, photo) ? beneath : result} view={view} />
            {view.tool !== 'attention' && (
              <SplitHandle view={view} label={beneath && `Boundary between ${beneath.title} and ${result.title}`} />
            )}
          </>
        ) : (
          <PaneWait estimates={estimates} />
        )}
      </PictureFrame>
    </figure>
  );
}

/** The crosshair with its distance, and the measured line. */
function Marks({ photo: { width, height }, result, view }: { photo: Photo; result: Result; view: View }) {
  const { estimate: map, relativeError = 0 } = result;
  const { pointer } = view;
  const measured = view.tool === 'measure' ? view.measured : [];
  const percent = ({ column, row }: Pixel) => ({
    left: `${((column + 0.5) / width) * 100}%`,
    top: `${((row + 0.5) / height) * 100}%`,
  });
  const line = view.tool === 'measure' ? measuredPixels(view) : [];
  const [from, to] = line;
  const camera = map && intrinsicsFromFieldOfView(view.fieldOfView, map);
  return (
    <>
      {from && to && (
        <svg class="marks" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
          <line class="marks__shadow" x1={from.column} y1={from.row} x2={to.column} y2={to.row} />
          <line x1={from.column} y1={from.row} x2={to.column} y2={to.row} />
        </svg>
      )}
      {measured.map((pixel) => (
        <span key={`${pixel.column},${pixel.row}`} class="dot" style={percent(pixel)} />
      ))}
      {map && camera && from && to && (
        <output class="bubble bubble--measure" style={percent(middle(from, to))}>
          <Distance
            metres={distanceBetween(map, line, camera)}
            error={distanceError(map, line, camera, relativeError)}
          />
        </output>
      )}
      {pointer && (
        <>
          <span class="crosshair" style={percent(pointer)} />
          {map && view.tool === 'inspect' && (
            <output
              class={`bubble bubble--inspect${pointer.column > width * 0.6 ? ' bubble--left' : ''}`}
              style={percent(pointer)}
            >
              <Distance metres={depthAt(map, pointer)} error={relativeError * depthAt(map, pointer)} />
            </output>
          )}
        </>
      )}
    </>
  );
}

/** Whether the pointer is on the picture left of the boundary. */
function isLeft({ pointer, split }: View, { width }: Photo): boolean {
  return pointer !== undefined && pointer.column + 0.5 < split * width;
}

function middle(from: Pixel, to: Pixel): Pixel {
  return { column: (from.column + to.column) / 2, row: (from.row + to.row) / 2 };
}

function patchAt({ width, height }: Photo, { rows, columns }: AttendedWords, { column, row }: Pixel): number {
  return Math.floor((row / height) * rows) * columns + Math.floor((column / width) * columns);
}
