import { extent, shownAttention } from '../attention.js';
import type { WordsOfPatches } from '../estimate/estimator.js';
import type { View } from '../hooks/use-view.js';

/** How many prototypes are listed for a patch. */
const LISTED = 6;

/** The prototypes that the chosen patch attends to, and the words nearest to each. */
export function WordsCard({ words, view }: { words: WordsOfPatches | undefined; view: View }) {
  return (
    <section class="card words" aria-live="polite">
      <h2>Words behind the patch</h2>
      {!words && <p class="quiet">Looking them up …</p>}
      {words && view.patch === undefined && <p class="quiet">Click a patch of the picture.</p>}
      {words && view.patch !== undefined && <Prototypes words={words} patch={view.patch} view={view} />}
    </section>
  );
}

function Prototypes({ words, patch, view }: { words: WordsOfPatches; patch: number; view: View }) {
  const list = words.patches[patch]!.slice(0, LISTED);
  const largest = list[0]?.weight ?? 1;
  const { least, greatest } = extent(shownAttention(words, patch, view.prototype));
  return (
    <>
      <p class="quiet">
        Patch in row {Math.floor(patch / words.columns) + 1}, column {(patch % words.columns) + 1}. The overlay shows{' '}
        {view.prototype === undefined
          ? 'which patches attend to the same prototypes'
          : `how much each patch attends to prototype ${view.prototype}`}
        : from {percent(least)} (dark) to {percent(greatest)} (bright).
      </p>
      <ol class="prototypes">
        {list.map(({ prototype, weight }) => (
          <li key={prototype}>
            <button
              type="button"
              class="prototype"
              aria-pressed={view.prototype === prototype}
              onClick={() => view.setPrototype(view.prototype === prototype ? undefined : prototype)}
            >
              <span class="prototype__number">{prototype}</span>
              <span class="prototype__bar" aria-hidden="true">
                <span style={{ width: `${(weight / largest) * 100}%` }} />
              </span>
              <span class="prototype__weight">{percent(weight)}</span>
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
