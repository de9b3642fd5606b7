import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { View } from '../hooks/use-view.js';
import type { Pixel } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';

interface PictureFrameProps {
  photo: Photo;
  view: View;
  /** What it shows, for screen readers. */
  label: string;
  /** Called with the pixel that is clicked, or where the crosshair is on Enter. */
  onChoose?(pixel: Pixel): void;
  children: ComponentChildren;
}

/** A picture of the photo's shape, over which the pointer and the arrow keys move a crosshair. */
export function PictureFrame({ photo, view, label, onChoose, children }: PictureFrameProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { width, height } = photo;
  const pixelAt = ({ clientX, clientY }: PointerEvent | MouseEvent): Pixel => {
    const box = frame.current!.getBoundingClientRect();
    return within(photo, {
      column: Math.floor(((clientX - box.left) / box.width) * width),
      row: Math.floor(((clientY - box.top) / box.height) * height),
    });
  };
  const moveTo = (event: PointerEvent) => view.change({ pointer: pixelAt(event) });
  const onKeyDown = (event: KeyboardEvent) => {
    const at = view.pointer ?? { column: Math.floor(width / 2), row: Math.floor(height / 2) };
    if (event.key === 'Enter' || event.key === ' ') onChoose?.(at);
    else if (event.key === 'Escape') view.change({ measured: [] });
    else if (event.key in ARROWS) {
      const [right, down] = ARROWS[event.key]!;
      const step = event.shiftKey ? 1 : Math.max(1, Math.round(Math.max(width, height) / 40));
      view.change({ pointer: within(photo, { column: at.column + right * step, row: at.row + down * step }) });
    } else return;
    event.preventDefault();
  };
  return (
    <div
      ref={frame}
      class="pane__frame"
      style={{ aspectRatio: `${width} / ${height}`, '--shape': String(width / height) }}
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move a crosshair over it
      tabIndex={0}
      aria-label={`${label}. Arrow keys move the crosshair, with Shift by one pixel${onChoose ? '; Enter selects' : ''}.`}
      onPointerMove={moveTo}
      onPointerDown={moveTo}
      onPointerLeave={(event) => event.pointerType === 'mouse' && view.change({ pointer: undefined })}
      onClick={(event) => onChoose?.(pixelAt(event))}
      onKeyDown={onKeyDown}
    >
      {children}
    </div>
  );
}

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function within({ width, height }: Photo, { column, row }: Pixel): Pixel {
  return { column: Math.min(width - 1, Math.max(0, column)), row: Math.min(height - 1, Math.max(0, row)) };
}
