import type { DepthEstimate } from '../estimate/estimator.js';

interface PromptCardProps {
  title: string | undefined;
  estimate: DepthEstimate | undefined;
}

/** The text that the language model read before the patches, the class that it names, and how long it all took. */
export function PromptCard({ title, estimate }: PromptCardProps) {
  return (
    <section class="card">
      <h2>
        What the language model read{title && `: ${title}`}
        {estimate?.class && <span class="chip">{estimate.class}</span>}
      </h2>
      {estimate ? (
        <>
          {estimate.prompt ? (
            <blockquote class="prompt">{readable(estimate.prompt)}</blockquote>
          ) : (
            <p class="quiet">No text: the patches alone.</p>
          )}
          <p class="quiet">
            Model {milliseconds(estimate.computeMilliseconds)}, all in all {milliseconds(estimate.totalMilliseconds)}.
          </p>
        </>
      ) : (
        <p class="quiet">…</p>
      )}
    </section>
  );
}

/** Without the marks that begin and end it for the tokenizer. */
function readable(prompt: string): string {
  return prompt.replaceAll(/<\/?prompt>/g, '').trim();
}

function milliseconds(value: number): string {
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
