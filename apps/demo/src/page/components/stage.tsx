import type { Estimates } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import type { Words } from '../hooks/use-words.js';
import { depthRange } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';
import { ColorBar } from './color-bar.js';
import { FieldOfView } from './field-of-view.js';
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
  const { results, models, others, settings } = estimates;
  const about = models.find(({ id }) => id === settings.model)?.about;
  const aboutOther = others.find(({ id }) => settings.compareWith === `model:${id}`)?.about;
  const maps = results.flatMap(({ estimate }) => (estimate ? [estimate] : []));
  const range = maps.length > 0 ? depthRange(maps) : undefined;
  const [first] = maps;
  return (
    <section class="stack" aria-label="Photo and depth">
      <h1 class="visually-hidden">Depth of {photo.name}</h1>
      <Toolbar view={view} hasDepth={maps.length > 0} />
      {view.mode === '3d' && first ? (
        <SceneView photo={photo} estimate={first} range={range!} view={view} />
      ) : (
        <div class={results.length > 1 ? 'stack panes--two' : 'stack'}>
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
      {range && (view.mode === '3d' || view.tool !== 'attention') && <ColorBar range={range} view={view} />}
      {first && (view.mode === '3d' || first.fieldOfView !== null) && (
        <FieldOfView photo={photo} view={view} scalesDepth={first.fieldOfView !== null} />
      )}
      {range && about && <p class="quiet">{about}</p>}
      {range && aboutOther && <p class="quiet">{aboutOther}</p>}
    </section>
  );
}
