import { cameraOf, depthAt, distanceBetween, metresText } from '../geometry.js';
import type { Estimates } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import type { Words } from '../hooks/use-words.js';
import type { Photo } from '../photo.js';
import { DownloadsCard } from './downloads-card.js';
import { PromptCard } from './prompt-card.js';
import { WordsCard } from './words-card.js';

interface PanelProps {
  photo: Photo;
  estimates: Estimates;
  view: View;
  words: Words;
}

/** What is known about the photo, beside the stage. */
export function Panel({ photo, estimates, view, words }: PanelProps) {
  const { results } = estimates;
  const first = results[0]?.estimate;
  return (
    <aside class="panel" aria-label="What the model says">
      {view.shows === 'picture' &&
        (view.tool === 'words' ? (
          <WordsCard words={words.words} view={view} />
        ) : (
          <Reading estimates={estimates} view={view} />
        ))}
      {results.map(({ title, estimate }) => (
        <PromptCard key={title} title={results.length > 1 ? title : undefined} estimate={estimate} />
      ))}
      {first && <DownloadsCard photo={photo} estimate={first} view={view} />}
    </aside>
  );
}

/** The number that the chosen tool is about, large; read out for those who cannot see the crosshair. */
function Reading({ estimates: { results }, view }: { estimates: Estimates; view: View }) {
  const { pointer, measured, tool } = view;
  const numbers = results.map(({ title, estimate }) => {
    if (!estimate) return { title, text: '–' };
    if (tool === 'measure') {
      const [from, to = pointer] = measured;
      const metres = from && to && distanceBetween(estimate, from, to, cameraOf(estimate, view.fieldOfView));
      return { title, text: metres === undefined ? '–' : metresText(metres) };
    }
    return { title, text: pointer ? metresText(depthAt(estimate, pointer)) : '–' };
  });
  return (
    <section class="card reading" aria-live="polite">
      <h2>{tool === 'measure' ? 'Between the two places' : 'Distance at the pointer'}</h2>
      <div class="reading__numbers">
        {numbers.map(({ title, text }) => (
          <p key={title}>
            <strong>{text}</strong>
            {numbers.length > 1 && <span>{title}</span>}
          </p>
        ))}
      </div>
      {pointer && (
        <p class="reading__place">
          column {pointer.column}, row {pointer.row}
        </p>
      )}
    </section>
  );
}
