import { intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';
import { useRef } from 'preact/hooks';
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
import { SplitHandle } from './split-handle.js';

interface PicturePaneProps {
  photo: Photo;
  title: string | undefined;
  result: Result;
  estimates: Estimates;
  range: [number, number] | undefined;
  view: View;
  words: AttendedWords | undefined;
}

/** The photo and its depth, one over the other, with a movable boundary; and the marks of the tools. */
export function PicturePane({ photo, title, result, estimates, range, view, words }: PicturePaneProps) {
  const pane = useRef<HTMLDivElement>(null);
  const { width, height } = photo;
  const { estimate } = result;
  const shown = words && isInformative(words) ? words : undefined;

  const pixelAt = ({ clientX, clientY }: PointerEvent | MouseEvent): Pixel => {
    const box = pane.current!.getBoundingClientRect();
    return within(photo, {
      column: Math.floor(((clientX - box.left) / box.width) * width),
      row: Math.floor(((clientY - box.top) / box.height) * height),
    });
  };
  const moveTo = (event: PointerEvent) => view.change({ pointer: pixelAt(event) });
  const choose = (pixel: Pixel) => {
    const { tool, measured } = view;
    view.change({
      pointer: pixel,
      ...(tool === 'measure' && { measured: measured.length === 1 ? [...measured, pixel] : [pixel] }),
      ...(tool === 'attention' && shown && { patch: patchAt(photo, shown, pixel), prototype: undefined }),
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = view.pointer ?? { column: Math.floor(width / 2), row: Math.floor(height / 2) };
    if (event.key === 'Enter' || event.key === ' ') choose(at);
    else if (event.key === 'Escape') view.change({ measured: [] });
    else if (event.key in ARROWS) {
      const [right, down] = ARROWS[event.key]!;
      const step = event.shiftKey ? 1 : Math.max(1, Math.round(Math.max(width, height) / 40));
      view.change({ pointer: within(photo, { column: at.column + right * step, row: at.row + down * step }) });
    } else return;
    event.preventDefault();
  };

  return (
    <figure class="pane stack">
      {title && <h2>{title}</h2>}
      <div
        ref={pane}
        class="pane__frame"
        style={{ aspectRatio: `${width} / ${height}`, '--shape': String(width / height) }}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move a crosshair over it
        tabIndex={0}
        aria-label={`${photo.name} and its depth. Arrow keys move the crosshair, with Shift by one pixel; Enter selects.`}
        onPointerMove={moveTo}
        onPointerDown={moveTo}
        onPointerLeave={(event) => event.pointerType === 'mouse' && view.change({ pointer: undefined })}
        onClick={(event) => choose(pixelAt(event))}
        onKeyDown={onKeyDown}
      >
        <img src={photo.url} alt="" width={width} height={height} draggable={false} />
        {estimate && range ? (
          <>
            {/* Attention is shown on the photo alone, and only where there is something to see. */}
            {view.tool === 'attention' ? (
              shown && <PatchOverlay photo={photo} words={shown} view={view} />
            ) : (
              <div class="pane__depth" style={{ clipPath: `inset(0 0 0 ${view.split * 100}%)` }}>
                <DepthCanvas map={estimate} range={range} colormap={view.colormap} />
              </div>
            )}
            <Marks photo={photo} result={result} view={view} />
            {view.tool !== 'attention' && <SplitHandle view={view} />}
          </>
        ) : (
          <PaneWait estimates={estimates} />
        )}
      </div>
    </figure>
  );
}

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

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
              class={`bubble bubble--inspect${pointer.column > width * 0.8 ? ' bubble--left' : ''}`}
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

function middle(from: Pixel, to: Pixel): Pixel {
  return { column: (from.column + to.column) / 2, row: (from.row + to.row) / 2 };
}

function within({ width, height }: Photo, { column, row }: Pixel): Pixel {
  return { column: Math.min(width - 1, Math.max(0, column)), row: Math.min(height - 1, Math.max(0, row)) };
}

function patchAt({ width, height }: Photo, { rows, columns }: AttendedWords, { column, row }: Pixel): number {
  return Math.floor((row / height) * rows) * columns + Math.floor((column / width) * columns);
}
