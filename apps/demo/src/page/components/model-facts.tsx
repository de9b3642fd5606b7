import type { ModelDescription } from '../../server/schemas.js';
import type { Estimates } from '../hooks/use-estimates.js';

/** What each model that is shown knows: what it was trained on, its typical error, and what it takes for the camera. */
export function ModelFacts({ estimates: { results, models, others } }: { estimates: Estimates }) {
  return (
    <>
      {[...new Set(results.map(({ model }) => model))].map((id) => {
        const model = models.find((each) => each.id === id);
        const other = others.find((each) => each.id === id);
        return (
          <section key={id} class="card">
            <h2>What {id} knows</h2>
            {model && <Facts model={model} />}
            {other && <p class="quiet">{other.about}</p>}
          </section>
        );
      })}
    </>
  );
}

function Facts({ model: { card, knowsCamera } }: { model: ModelDescription }) {
  return (
    <dl class="facts">
      <dt>Trained on</dt>
      <dd>{card ? card.trainedOn : 'not known: it has no model card'}</dd>
      <dt>Typical error</dt>
      <dd>{card?.typicalError ? errorText(card.typicalError) : 'not known'}</dd>
      <dt>Camera</dt>
      <dd>
        {knowsCamera
          ? 'its distances follow the field of view'
          : 'not known: its distances are for cameras like those of its training'}
      </dd>
    </dl>
  );
}

type TypicalError = NonNullable<NonNullable<ModelDescription['card']>['typicalError']>;

function errorText({ absRel, on, frames }: TypicalError): string {
  const percent = `${Math.round(100 * absRel)} % of the depth`;
  return on === 'photographs' ? `${percent}, on ${frames} photographs` : `${percent}, on ${frames} test frames`;
}
