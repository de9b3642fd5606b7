import type { Estimates, Result } from '../hooks/use-estimates.js';
import { NARROW, useMedia } from '../hooks/use-media.js';
import type { Comparison, View } from '../hooks/use-view.js';
import type { Words } from '../hooks/use-words.js';
import { depthRange } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';
import { ColorBar } from './color-bar.js';
import { DifferencePane } from './difference-pane.js';
import { PicturePane } from './picture-pane.js';
import { SceneView } from './scene-view.js';
import { Segments } from './segments.js';
import { Toolbar } from './toolbar.js';

interface StageProps {
  photo: Photo;
  estimates: Estimates;
  view: View;
  words: Words;
}

/** The photo and its depth, in 2D or 3D; twice when two estimates are compared. */
export function Stage({ photo, estimates, view, words }: StageProps) {
  const { results } = estimates;
  // On a phone, the picture comes first.
  const narrow = useMedia(NARROW);
  const maps = results.flatMap(({ estimate }) => (estimate ? [estimate] : []));
  const range = maps.length > 0 ? depthRange(maps) : undefined;
  const [first] = maps;
  const isDifference = view.mode === '2d' && maps.length > 1 && shownComparison(view) === 'difference';
  const toolbar = <Toolbar view={view} hasDepth={maps.length > 0} />;
  return (
    <section class="stack" aria-label="Photo and depth">
      <h1 class="visually-hidden">Depth of {photo.name}</h1>
      {!narrow && toolbar}
      {view.mode === '3d' && first ? (
        <SceneView photo={photo} estimate={first} range={range!} view={view} />
      ) : (
        <Pictures photo={photo} estimates={estimates} range={range} view={view} words={words} />
      )}
      {range && !isDifference && (view.mode === '3d' || view.tool !== 'attention') && (
        <ColorBar range={range} view={view} />
      )}
      {narrow && toolbar}
    </section>
  );
}

interface PicturesProps extends StageProps {
  range: [number, number] | undefined;
}

/** The picture; of two estimates both, in the way that was chosen. */
function Pictures({ photo, estimates, range, view, words }: PicturesProps) {
  const { results } = estimates;
  const [first, second] = results as [Result, Result?];
  const common = { photo, estimates, range, view, words: words.words };
  if (!second || view.tool === 'attention') return <PicturePane {...common} title={undefined} result={first} />;
  const comparison = shownComparison(view);
  return (
    <>
      <Segments
        class="segments--small"
        title="Compare by"
        options={[
          { value: 'swipe', label: 'Swipe' },
          { value: 'side by side', label: 'Side by side' },
          { value: 'difference', label: 'Difference' },
        ]}
        chosen={comparison}
        onChoose={(chosen) => view.change({ comparison: chosen })}
      />
      {comparison === 'side by side' ? (
        <div class="stack panes--two">
          {results.map((result, index) => (
            <PicturePane key={index === 0 ? 'first' : 'second'} {...common} title={result.title} result={result} />
          ))}
        </div>
      ) : comparison === 'difference' && first.estimate && second.estimate ? (
        <DifferencePane photo={photo} first={first} second={second} view={view} />
      ) : (
        // Until both are there, the one that is.
        <PicturePane {...common} title={undefined} result={second} beneath={first} />
      )}
    </>
  );
}

/** Distances are measured in the pictures themselves. */
function shownComparison({ comparison, tool }: View): Comparison {
  return comparison === 'difference' && tool === 'measure' ? 'swipe' : comparison;
}
