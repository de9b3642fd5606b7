import type { AttendedWords } from '../estimators/estimator.js';
import type { View } from '../hooks/use-view.js';
import { extent, shownAttention } from '../lib/attention.js';

/** How many prototypes to list. */
const LISTED = 6;

/**
 * The prototypes that the selected patch attends to, and the words nearest to each.
 *
 * @param count How many prototypes the model has.
 */
export function WordsCard({ words, view, count }: { words: AttendedWords | undefined; view: View; count: number }) {
  return (
    <section class="card" aria-live="polite">
      <h2>Words this patch attends to</h2>
      {!words && <p class="quiet">Loading…</p>}
      {words && view.patch === undefined && <p class="quiet">Select a patch in the picture.</p>}
      {words && view.patch !== undefined && <Prototypes words={words} patch={view.patch} view={view} count={count} />}
    </section>
  );
}

function Prototypes({ words, patch, view, count }: { words: AttendedWords; patch: number; view: View; count: number }) {
  const list = words.patches[patch]!.slice(0, LISTED);
  const largest = list[0]?.weight ?? 1;
  const { least, greatest } = extent(shownAttention(words, patch, view.prototype));
  return (
    <>
      <p class="quiet">
        Patch at row {Math.floor(patch / words.columns) + 1}, column {(patch % words.columns) + 1}. The overlay shows{' '}
        {view.prototype === undefined
          ? 'how similar the attention of each patch is to that of this one'
          : `how much each patch attends to prototype ${view.prototype}`}
        : from {percent(least)} (dark) to {percent(greatest)} (bright). The mark in each bar is even attention to all{' '}
        {count} prototypes, {percent(1 / count)}.
      </p>
      <ol class="prototypes">
        {list.map(({ prototype, weight }) => (
          <li key={prototype}>
            <button
              type="button"
              class="prototype"
              aria-pressed={view.prototype === prototype}
              onClick={() => view.change({ prototype: view.prototype === prototype ? undefined : prototype })}
            >
              <small>{prototype}</small>
              <span class="prototype__bar" aria-hidden="true">
                <span style={{ width: `${(weight / largest) * 100}%` }} />
                <i style={{ left: `${100 / count / largest}%` }} />
              </span>
              <small>{percent(weight)}</small>
              <span class="prototype__words">{words.words[prototype]!.map(({ word }) => word).join(' · ')}</span>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
