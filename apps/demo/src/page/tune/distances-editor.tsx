import { Trash2 } from 'lucide-preact';
import { useRef, useState } from 'preact/hooks';
import type { Photo } from '../lib/photo.js';
import type { KnownDistance } from '../lib/training-pairs.js';

interface DistancesEditorProps {
  photo: Photo;
  onAdd(distances: readonly KnownDistance[]): void;
}

/** A photo on which one taps points and types how far they are. */
export function DistancesEditor({ photo, onAdd }: DistancesEditorProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [points, setPoints] = useState<{ column: number; row: number; metres: string }[]>([]);
  const [cursor, setCursor] = useState({ column: Math.floor(photo.width / 2), row: Math.floor(photo.height / 2) });
  const known = points.map((point) => ({ ...point, metres: Number(point.metres.replace(',', '.')) }));
  const isReady = known.length > 0 && known.every(({ metres }) => metres > 0 && metres <= 100);

  const place = (at: { column: number; row: number }) => {
    setCursor(at);
    setPoints((before) => [...before, { ...at, metres: '' }]);
  };
  const onClick = ({ clientX, clientY }: MouseEvent) => {
    const box = frame.current!.getBoundingClientRect();
    const share = (value: number, side: number) => Math.min(side - 1, Math.max(0, Math.floor(value * side)));
    place({
      column: share((clientX - box.left) / box.width, photo.width),
      row: share((clientY - box.top) / box.height, photo.height),
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) {
      const step = event.shiftKey ? 1 : Math.max(1, Math.round(Math.max(photo.width, photo.height) / 40));
      setCursor(({ column, row }) => ({
        column: Math.min(photo.width - 1, Math.max(0, column + move[0]! * step)),
        row: Math.min(photo.height - 1, Math.max(0, row + move[1]! * step)),
      }));
    } else if (event.key === 'Enter' || event.key === ' ') place(cursor);
    else return;
    event.preventDefault();
  };
  const percent = ({ column, row }: { column: number; row: number }) => ({
    left: `${((column + 0.5) / photo.width) * 100}%`,
    top: `${((row + 0.5) / photo.height) * 100}%`,
  });

  return (
    <div class="stack">
      <div
        ref={frame}
        class="distances"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move a crosshair over it
        tabIndex={0}
        aria-label={`${photo.name}. Arrow keys move the crosshair, with Shift by one pixel; Enter sets a point.`}
        onClick={onClick}
        onKeyDown={onKeyDown}
      >
        <img src={photo.url} alt="" draggable={false} />
        <span class="crosshair" style={percent(cursor)} />
        {points.map((point, index) => (
          <span key={index} class="distances__point" style={percent(point)}>
            {index + 1}
          </span>
        ))}
      </div>
      <ol class="distances__list">
        {points.map((point, index) => (
          <li key={index} class="row">
            <label class="field">
              <span>Point {index + 1}</span>
              <input
                class="text-input"
                inputMode="decimal"
                size={5}
                value={point.metres}
                placeholder="2.50"
                onInput={({ currentTarget: { value } }) =>
                  setPoints((before) => before.map((each, at) => (at === index ? { ...each, metres: value } : each)))
                }
              />
              <span>m</span>
            </label>
            <button
              type="button"
              class="button button--small button--icon"
              aria-label={`Remove point ${index + 1}`}
              onClick={() => setPoints((before) => before.filter((_, at) => at !== index))}
            >
              <Trash2 />
            </button>
          </li>
        ))}
      </ol>
      <button type="button" class="button button--small" disabled={!isReady} onClick={() => onAdd(known)}>
        Use these distances
      </button>
      <small>
        Tap a point and type how far it is, in metres, measured straight ahead from the camera. Points at several
        distances teach more than one.
      </small>
    </div>
  );
}
