import type { TuneStep } from '../estimators/fine-tune.js';

const [WIDTH, HEIGHT] = [600, 180];

/** The loss of each step, faint, and its moving average. */
export function LossChart({ steps, total }: { steps: readonly TuneStep[]; total: number }) {
  const losses = steps.map(({ loss }) => loss);
  const most = Math.max(...losses);
  const last = losses.at(-1)!;
  const averages: number[] = [];
  for (const loss of losses) averages.push(averages.length === 0 ? loss : 0.8 * averages.at(-1)! + 0.2 * loss);
  const line = (values: readonly number[]) =>
    values
      .map((value, index) => {
        const x = (index / Math.max(1, total - 1)) * WIDTH;
        return `${x.toFixed(1)},${(HEIGHT - (value / most) * HEIGHT).toFixed(1)}`;
      })
      .join(' ');
  return (
    <figure class="loss">
      <figcaption class="row">
        <strong>Loss {last < 1e-4 ? 'below 0.0001' : last.toPrecision(3)}</strong>
        <small>
          step {steps.length} of {total}
        </small>
      </figcaption>
      <div class="loss__plot" data-tensors={steps.at(-1)!.tensors}>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Loss, from ${losses[0]!.toPrecision(3)} at the first step to ${last.toPrecision(3)} at step ${steps.length}`}
        >
          <polyline class="loss__steps" points={line(losses)} />
          <polyline class="loss__average" points={line(averages)} />
        </svg>
        <span class="loss__top">{most.toPrecision(2)}</span>
        <span class="loss__zero">0</span>
      </div>
    </figure>
  );
}
