import type { AttendedWords } from '../estimators/estimator.js';
import type { View } from '../hooks/use-view.js';
import { extent, isInformative, shownAttention } from '../lib/attention.js';

/** How many prototypes to list. */
const LISTED = 6;

/** The prototypes that the selected patch attends to and the words close to each; or, where there is nothing to see, a sentence that says so. */
export function WordsCard({ words, view }: { words: AttendedWords | undefined; view: View }) {
  return (
    <section class="card" aria-live="polite">
      <h2>What the patches attend to</h2>
      {words ? <p class="quiet">{words.attention.sentence}</p> : <p class="quiet">Loading…</p>}
      {words &&
        isInformative(words) &&
        (view.patch === undefined ? (
          <p class="quiet">Select a patch in the picture.</p>
        ) : (
          <Prototypes words={words} patch={view.patch} view={view} />
        ))}
    </section>
  );
}

function Prototypes({ words, patch, view }: { words: AttendedWords; patch: number; view: View }) {
  const list = words.patches[patch]!.slice(0, LISTED);
  const largest = list[0]?.timesEven ?? 1;
  const { least, greatest } = extent(shownAttention(words, patch, view.prototype));
  return (
    <>
      <p class="quiet">
        Patch at row {Math.floor(patch / words.columns) + 1}, column {(patch % words.columns) + 1}. The overlay shows{' '}
        {view.prototype === undefined
          ? `how similar the attention of each patch is to that of this one: from ${percent(least)} (dark) to ${percent(greatest)} (bright)`
          : `how much each patch attends to prototype ${view.prototype}: up to ${times(greatest)} × even (bright)`}
        . The mark in each bar is even attention to all {words.attention.prototypeCount} prototypes.
      </p>
      <ol class="prototypes">
        {list.map(({ prototype, timesEven, timesMean }) => (
          <li key={prototype}>
            <button
              type="button"
              class="prototype"
              aria-pressed={view.prototype === prototype}
              onClick={() => view.change({ prototype: view.prototype === prototype ? undefined : prototype })}
            >
              <small>{prototype}</small>
              <span class="prototype__bar" aria-hidden="true">
                <span style={{ width: `${(timesEven / largest) * 100}%` }} />
                <i style={{ left: `${100 / largest}%` }} />
              </span>
              <small>{times(timesEven)} × even</small>
              <span class="prototype__words">{closeWords(words, prototype)}</span>
              <small class="prototype__mean">{times(timesMean)} × the mean of all patches</small>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

/** The words that a prototype is close to, with their cosine similarity. */
function closeWords({ words }: AttendedWords, prototype: number): string {
  const close = words[prototype]!.filter(({ isClose }) => isClose);
  return close.map(({ word, similarity }) => `${word} ${similarity.toFixed(2)}`).join(' · ') || 'close to no word';
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function times(factor: number): string {
  return factor.toFixed(factor < 10 ? 1 : 0);
}
