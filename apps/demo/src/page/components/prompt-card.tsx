import type { DepthEstimate } from '../estimators/estimator.js';

interface PromptCardProps {
  title: string | undefined;
  estimate: DepthEstimate | undefined;
}

/** The prompt of the language model, where the class that it names comes from, and the time of the request. */
export function PromptCard({ title, estimate }: PromptCardProps) {
  return (
    <section class="card">
      <h2>Prompt{title && `: ${title}`}</h2>
      {estimate ? (
        <>
          {estimate.prompt ? (
            <blockquote class="prompt">{readable(estimate.prompt)}</blockquote>
          ) : (
            <p class="quiet">The language model reads the image patches only.</p>
          )}
          {estimate.class && (
            <p class="quiet">
              “{estimate.class}” follows from the brightness of the pixels, not from the estimated depth.
            </p>
          )}
          <p class="quiet">
            Model {milliseconds(estimate.computeMilliseconds)} · total {milliseconds(estimate.totalMilliseconds)}
          </p>
        </>
      ) : (
        <p class="quiet">…</p>
      )}
    </section>
  );
}

/** Without the marks of its start and end. */
function readable(prompt: string): string {
  return prompt.replaceAll(/<\/?prompt>/g, '').trim();
}

function milliseconds(value: number): string {
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
