import { intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';
import type { Estimates } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import type { Words } from '../hooks/use-words.js';
import { depthAt, distanceBetween, metresText } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';
import { DownloadsCard } from './downloads-card.js';
import { PromptCard } from './prompt-card.js';
import { WordsCard } from './words-card.js';

interface PanelProps {
  photo: Photo;
  estimates: Estimates;
  view: View;
  words: Words;
}

/** The results, beside the stage. */
export function Panel({ photo, estimates, view, words }: PanelProps) {
  const { results } = estimates;
  const first = results[0]?.estimate;
  return (
    <aside class="stack" aria-label="Results">
      {view.mode === '2d' &&
        (view.tool === 'attention' ? (
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

/** The value of the tool in large type, which screen readers announce. */
function Reading({ estimates: { results }, view }: { estimates: Estimates; view: View }) {
  const { pointer, measured, tool } = view;
  const numbers = results.map(({ title, estimate }) => {
    if (!estimate) return { title, text: '–' };
    if (tool === 'measure') {
      const [from, to = pointer] = measured;
      const metres =
        from && to && distanceBetween(estimate, from, to, intrinsicsFromFieldOfView(view.fieldOfView, estimate));
      return { title, text: metres === undefined ? '–' : metresText(metres) };
    }
    return { title, text: pointer ? metresText(depthAt(estimate, pointer)) : '–' };
  });
  return (
    <section class="card reading" aria-live="polite">
      <h2>{tool === 'measure' ? 'Distance between points' : 'Depth at cursor'}</h2>
      <div class="reading__numbers row">
        {numbers.map(({ title, text }) => (
          <p key={title}>
            <strong>{text}</strong>
            {numbers.length > 1 && <small>{title}</small>}
          </p>
        ))}
      </div>
      {pointer && (
        <small class="reading__place">
          column {pointer.column}, row {pointer.row}
        </small>
      )}
      <small>An estimate of the model, whose error here is not known.</small>
    </section>
  );
}
