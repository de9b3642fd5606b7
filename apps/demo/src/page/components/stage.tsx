import { depthRange } from '../geometry.js';
import type { Estimates } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import type { Words } from '../hooks/use-words.js';
import type { Photo } from '../photo.js';
import { ColorBar } from './color-bar.js';
import { PicturePane } from './picture-pane.js';
import { SpaceView } from './space-view.js';
import { Toolbar } from './toolbar.js';

interface StageProps {
  photo: Photo;
  estimates: Estimates;
  view: View;
  words: Words;
}

/** The photo and its depth, flat or in space; twice where two are compared. */
export function Stage({ photo, estimates, view, words }: StageProps) {
  const { results } = estimates;
  const maps = results.flatMap(({ estimate }) => (estimate ? [estimate] : []));
  const range = maps.length > 0 ? depthRange(maps) : undefined;
  const [first] = maps;
  return (
    <section class="stage" aria-label="Photo and depth">
      <h1 class="visually-hidden">Depth of {photo.name}</h1>
      <Toolbar view={view} hasDepth={maps.length > 0} />
      {view.shows === 'space' && first ? (
        <SpaceView photo={photo} estimate={first} range={range!} view={view} />
      ) : (
        <div class={results.length > 1 ? 'panes panes--two' : 'panes'}>
          {results.map(({ title, estimate }, index) => (
            <PicturePane
              key={index === 0 ? 'first' : 'second'}
              photo={photo}
              title={results.length > 1 ? title : undefined}
              estimate={estimate}
              range={range}
              view={view}
              words={words.words}
            />
          ))}
        </div>
      )}
      {range && !(view.shows === 'picture' && view.tool === 'words') && <ColorBar range={range} view={view} />}
    </section>
  );
}
