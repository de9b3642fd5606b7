import { applyColormap } from '@llm-mde/depth-maps';
import { useEffect, useRef } from 'preact/hooks';
import { extent, shownAttention } from '../attention.js';
import type { WordsOfPatches } from '../estimate/estimator.js';
import type { View } from '../hooks/use-view.js';
import type { Photo } from '../photo.js';

interface PatchOverlayProps {
  photo: Photo;
  words: WordsOfPatches;
  view: View;
}

/** The grid of patches, the chosen one, and the attention of all. */
export function PatchOverlay({ photo: { width, height }, words, view: { patch, prototype } }: PatchOverlayProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { rows, columns } = words;
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    context.clearRect(0, 0, columns, rows);
    if (patch === undefined) return;
    const values = shownAttention(words, patch, prototype);
    const { least, greatest } = extent(values);
    const rgb = applyColormap(values, { width: columns, height: rows, colormap: 'magma' });
    const picture = context.createImageData(columns, rows);
    for (let at = 0; at < values.length; at++) {
      picture.data.set(rgb.subarray(3 * at, 3 * at + 3), 4 * at);
      // From the least to the greatest, however close they are: the words' card says which they are.
      const share = greatest > least ? (values[at]! - least) / (greatest - least) : 0;
      picture.data[4 * at + 3] = 40 + 190 * share;
    }
    context.putImageData(picture, 0, 0);
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
