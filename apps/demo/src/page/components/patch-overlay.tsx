import { applyColormap } from '@llm-mde/depth-maps';
import { useEffect, useRef } from 'preact/hooks';
import type { AttendedWords } from '../estimators/estimator.js';
import type { View } from '../hooks/use-view.js';
import { extent, shownAttention } from '../lib/attention.js';
import { paintRgb } from '../lib/paint.js';
import type { Photo } from '../lib/photo.js';

interface PatchOverlayProps {
  photo: Photo;
  words: AttendedWords;
  view: View;
}

/** The grid of patches, the selected one, and the attention of all. */
export function PatchOverlay({ photo: { width, height }, words, view: { patch, prototype } }: PatchOverlayProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { rows, columns } = words;
  useEffect(() => {
    if (patch === undefined) return canvas.current!.getContext('2d')!.clearRect(0, 0, columns, rows);
    const values = shownAttention(words, patch, prototype);
    const { least, greatest } = extent(values);
    const rgb = applyColormap(values, { width: columns, height: rows, colormap: 'magma' });
    // From the smallest to the largest value, however close they are: the card of the words shows both.
    const range = greatest - least || 1;
    paintRgb(canvas.current!, rgb, (at) => 40 + (190 * (values[at]! - least)) / range);
  }, [words, patch, prototype, rows, columns]);

  const [patchWidth, patchHeight] = [width / columns, height / rows];
  return (
    <>
      <canvas ref={canvas} class="attention" width={columns} height={rows} />
      <svg class="marks marks--grid" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        <path
          d={[
            ...Array.from({ length: columns - 1 }, (_, at) => `M${(at + 1) * patchWidth} 0V${height}`),
            ...Array.from({ length: rows - 1 }, (_, at) => `M0 ${(at + 1) * patchHeight}H${width}`),
          ].join('')}
        />
        {patch !== undefined && (
          <rect
            x={(patch % columns) * patchWidth}
            y={Math.floor(patch / columns) * patchHeight}
            width={patchWidth}
            height={patchHeight}
          />
        )}
      </svg>
    </>
  );
}
