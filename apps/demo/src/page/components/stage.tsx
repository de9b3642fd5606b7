import type { Estimates } from '../hooks/use-estimates.js';
import { NARROW, useMedia } from '../hooks/use-media.js';
import type { View } from '../hooks/use-view.js';
import type { Words } from '../hooks/use-words.js';
import { depthRange } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';
import { ColorBar } from './color-bar.js';
import { PicturePane } from './picture-pane.js';
import { SceneView } from './scene-view.js';
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
  const toolbar = <Toolbar view={view} hasDepth={maps.length > 0} />;
  return (
    <section class="stack" aria-label="Photo and depth">
      <h1 class="visually-hidden">Depth of {photo.name}</h1>
      {!narrow && toolbar}
      {view.mode === '3d' && first ? (
        <SceneView photo={photo} estimate={first} range={range!} view={view} />
      ) : (
        <div class={results.length > 1 ? 'stack panes--two' : 'stack'}>
          {results.map((result, index) => (
            <PicturePane
              key={index === 0 ? 'first' : 'second'}
              photo={photo}
              title={results.length > 1 ? result.title : undefined}
              result={result}
              estimates={estimates}
              range={range}
              view={view}
              words={words.words}
            />
          ))}
        </div>
      )}
      {range && (view.mode === '3d' || view.tool !== 'attention') && <ColorBar range={range} view={view} />}
      {narrow && toolbar}
    </section>
  );
}
