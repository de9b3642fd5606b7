import type { View } from '../hooks/use-view.js';

/** The boundary between two pictures, which can be dragged or moved with the arrow keys. */
export function SplitHandle({
  view: { split, change },
  label = 'Boundary between photo and depth',
}: {
  view: View;
  label?: string | undefined;
}) {
  const move = (share: number) => change({ split: Math.min(1, Math.max(0, share)) });
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowLeft: split - 0.05, ArrowRight: split + 0.05, Home: 0, End: 1 };
    if (!(event.key in steps)) return;
    move(steps[event.key]!);
    event.preventDefault();
    event.stopPropagation();
  };
  const onPointerMove = (event: PointerEvent) => {
    const handle = event.currentTarget as HTMLElement;
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = handle.parentElement!.getBoundingClientRect();
    move((event.clientX - box.left) / box.width);
    event.stopPropagation();
  };
  return (
    <div
      class="split"
      style={{ left: `${split * 100}%` }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(split * 100)}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.stopPropagation();
      }}
      onPointerMove={onPointerMove}
      onClick={(event) => event.stopPropagation()}
    >
      <span class="split__grip" />
    </div>
  );
}
