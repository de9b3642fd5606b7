import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Result } from '../hooks/use-estimates.js';
import { TOUCH, useMedia } from '../hooks/use-media.js';
import type { View } from '../hooks/use-view.js';
import { centimetres, colorizeDifference, differenceOf } from '../lib/difference.js';
import { paintRgb } from '../lib/paint.js';
import type { Photo } from '../lib/photo.js';
import { PictureFrame } from './picture-frame.js';

interface DifferencePaneProps {
  photo: Photo;
  first: Result;
  second: Result;
  view: View;
}

/** Where the second depth is farther than the first, and by how much. */
export function DifferencePane({ photo, first, second, view }: DifferencePaneProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const touch = useMedia(TOUCH);
  const scale = useRef<HTMLCanvasElement>(null);
  const [one, other] = [first.estimate!, second.estimate!];
  const difference = useMemo(() => differenceOf(one, other), [one, other]);
  const { limit, meanAbsolute, mean } = difference;
  useEffect(() => paintRgb(canvas.current!, colorizeDifference(difference)), [difference]);
  useEffect(() => {
    const values = Float32Array.from({ length: 255 }, (_, at) => at - 127);
    paintRgb(scale.current!, colorizeDifference({ values, limit: 127 }));
  }, []);
  const at = view.pointer && difference.values[view.pointer.row * one.width + view.pointer.column];
  return (
    <figure class="pane stack">
      <PictureFrame photo={photo} view={view} label={`The difference of the depth of ${photo.name}`}>
        <canvas ref={canvas} class="depth" width={one.width} height={one.height} />
      </PictureFrame>
      <figcaption class="difference stack">
        <div>
          <canvas ref={scale} class="difference__scale" width="255" height="1" />
          <div class="difference__ends">
            <span>{centimetres(-limit)}</span>
            <span>0</span>
            <span>{centimetres(limit)}</span>
          </div>
        </div>
        <p>
          Red: {second.title} is farther than {first.title}. Mean difference {centimetres(meanAbsolute)}; {second.title}{' '}
          is {centimetres(Math.abs(mean))} {mean < 0 ? 'nearer' : 'farther'} on average.
        </p>
        <p class="quiet" aria-live="polite">
          {at === undefined
            ? `${touch ? 'Tap' : 'Point at'} the picture for the difference there.`
            : `At the cursor: ${centimetres(at)}.`}
        </p>
      </figcaption>
    </figure>
  );
}
