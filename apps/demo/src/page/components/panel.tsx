import type { Calibration } from '../hooks/use-calibration.js';
import type { Estimates } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import type { Words } from '../hooks/use-words.js';
import type { Photo } from '../lib/photo.js';
import { ApiCard } from './api-card.js';
import { CameraCard } from './camera-card.js';
import { DownloadsCard } from './downloads-card.js';
import { ModelFacts } from './model-facts.js';
import { PromptCard } from './prompt-card.js';
import { ReadingCard } from './reading-card.js';
import { WordsCard } from './words-card.js';

interface PanelProps {
  photo: Photo;
  estimates: Estimates;
  view: View;
  words: Words;
  calibration: Calibration;
}

/** The results, beside the stage; below it what is read less often. */
export function Panel({ photo, estimates, view, words, calibration }: PanelProps) {
  const { results } = estimates;
  const [first] = results;
  return (
    <>
      <aside class="stack" aria-label="Results">
        {view.mode === '2d' &&
          (view.tool === 'attention' ? (
            <WordsCard words={words.words} view={view} />
          ) : (
            <ReadingCard estimates={estimates} view={view} calibration={calibration} />
          ))}
        <ModelFacts estimates={estimates} />
        <CameraCard photo={photo} view={view} results={results} calibration={calibration} />
      </aside>
      <section class="more" aria-label="Prompt and downloads">
        {results.map(({ title, estimate }) => (
          <PromptCard key={title} title={results.length > 1 ? title : undefined} estimate={estimate} />
        ))}
        <DownloadsCard photo={photo} results={results} view={view} />
        {first?.onServer && <ApiCard photo={photo} result={first} view={view} />}
      </section>
    </>
  );
}
