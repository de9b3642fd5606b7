import { Download, FolderOpen, Play, Square, X } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import { DepthCanvas } from '../components/depth-canvas.js';
import type { Estimates } from '../hooks/use-estimates.js';
import { depthRange } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';
import { saveFile } from '../lib/save-file.js';
import { DistancesEditor } from './distances-editor.js';
import { LossChart } from './loss-chart.js';
import { type Pairs, usePairs } from './use-pairs.js';
import { type Tuning, useTuning } from './use-tuning.js';
import './tune.css';

interface TunePageProps {
  /** The page's own photo, for known distances. */
  photo: Photo | undefined;
  estimates: Estimates;
  /** Files that were dropped on the page. */
  dropped: readonly File[];
  onProblem(message: string): void;
  /** The fine-tuned model was selected. */
  onUsed(): void;
}

/** Fine-tunes the selected model on one's own photos, in this browser. */
export function TunePage({ photo, estimates, dropped, onProblem, onUsed }: TunePageProps) {
  const pairs = usePairs();
  const tuning = useTuning(estimates);
  const { models, settings } = estimates;
  const model = models.find(({ id }) => id === settings.model);
  useEffect(() => {
    if (dropped.length > 0) void pairs.add(dropped);
  }, [dropped]);
  useEffect(() => {
    if (tuning.problem) onProblem(tuning.problem);
  }, [tuning.problem]);
  const isBusy = tuning.state === 'running' || tuning.state === 'stopping';

  return (
    <section class="tune stack" aria-label="Fine-tune">
      <div class="stack tune__head">
        <h1>Fine-tune {settings.model} on your own photos</h1>
        <p class="quiet">
          Everything is computed in this browser: photos and depth are not uploaded. Small adapters are trained, and the
          model's own weights stay as they are.
        </p>
      </div>
      {model && !model.runsInBrowser ? (
        <p>This model does not run in the browser yet: its pretrained encoders are not on the server.</p>
      ) : (
        <div class="tune__columns">
          <Data pairs={pairs} photo={photo} isBusy={isBusy} />
          <div class="stack">
            <Start pairs={pairs} tuning={tuning} isBusy={isBusy} />
            {tuning.steps.length > 0 && <Progress pairs={pairs} tuning={tuning} />}
            {tuning.result && <Result tuning={tuning} estimates={estimates} onUsed={onUsed} />}
          </div>
        </div>
      )}
    </section>
  );
}

/** Where pairs come from, and which there are. */
function Data({ pairs, photo, isBusy }: { pairs: Pairs; photo: Photo | undefined; isBusy: boolean }) {
  const [tapping, setTapping] = useState(false);
  return (
    <section class="card" aria-label="Photos with depth">
      <h2>Photos with depth</h2>
      <p class="quiet">
        Drop photos together with their depth, under the same names: kitchen.jpg with kitchen.npy (metres) or
        kitchen_depth.png (16 bits, millimetres).
      </p>
      <div class="row">
        <label class="button button--small file-button">
          <input
            type="file"
            class="visually-hidden"
            multiple
            disabled={isBusy}
            onChange={async ({ currentTarget }) => {
              await pairs.add([...(currentTarget.files ?? [])]);
              currentTarget.value = '';
            }}
          />
          <FolderOpen /> Choose photos and depth
        </label>
        {photo && (
          <button
            type="button"
            class="button button--small"
            aria-pressed={tapping}
            onClick={() => setTapping(!tapping)}
          >
            I know distances in {photo.name}
          </button>
        )}
      </div>
      {!photo && <p class="quiet">Or open a photo first and tap a few points whose distance you know.</p>}
      {photo && tapping && (
        <DistancesEditor
          photo={photo}
          onAdd={(distances) => {
            pairs.addDistances(photo, distances);
            setTapping(false);
          }}
        />
      )}
      {pairs.problems.length > 0 && (
        <div class="tune__problems" role="alert">
          {pairs.problems.map((problem) => (
            <p key={problem}>{problem}</p>
          ))}
        </div>
      )}
      <ul class="tune__pairs">
        {pairs.pairs.map((pair) => (
          <li key={pair.photo.url}>
            <img src={pair.photo.url} alt="" />
            <DepthCanvas map={pair.truth} range={depthRange([pair.truth])} colormap="turbo" />
            <span>
              {pair.photo.name}
              <small>{coverage(pair.truth.depth)}</small>
            </span>
            <button
              type="button"
              class="button button--small button--icon"
              aria-label={`Remove ${pair.photo.name}`}
              disabled={isBusy}
              onClick={() => pairs.remove(pair)}
            >
              <X />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function coverage(depth: Float32Array): string {
  const known = depth.reduce((count, metres) => count + (metres > 0 ? 1 : 0), 0);
  const percent = (100 * known) / depth.length;
  return `depth in ${percent < 1 ? percent.toPrecision(1) : Math.round(percent)} % of it`;
}

function Start({ pairs, tuning, isBusy }: { pairs: Pairs; tuning: Tuning; isBusy: boolean }) {
  const { settings, change } = tuning;
  return (
    <section class="card" aria-label="Training">
      <h2>Training</h2>
      <div class="row">
        <label class="field">
          <span>Steps</span>
          <input
            class="text-input"
            type="number"
            min={1}
            max={2000}
            value={settings.steps}
            disabled={isBusy}
            onInput={({ currentTarget }) => change({ steps: Number(currentTarget.value) })}
          />
        </label>
        <label class="field">
          <span>Train</span>
          <select
            value={settings.scope}
            disabled={isBusy}
            onChange={({ currentTarget }) => change({ scope: currentTarget.value as typeof settings.scope })}
          >
            <option value="adapters-and-new-modules">adapters and head</option>
            <option value="adapters">adapters only</option>
          </select>
        </label>
      </div>
      <div class="row">
        <button
          type="button"
          class="button button--primary"
          disabled={pairs.pairs.length === 0 || isBusy}
          onClick={() => tuning.start(pairs.pairs)}
        >
          <Play /> Start
        </button>
        <button type="button" class="button" disabled={tuning.state !== 'running'} onClick={tuning.stop}>
          <Square /> Stop
        </button>
      </div>
      <p class="quiet" role="status">
        {tuning.state === 'idle' && pairs.pairs.length === 0 && 'Needs at least one photo with depth.'}
        {isBusy && tuning.steps.length === 0 && 'Preparing the first step…'}
        {tuning.state === 'running' && tuning.steps.length > 0 && timeLeft(tuning)}
        {tuning.state === 'stopping' && 'Stopping after this step…'}
        {tuning.state === 'done' && `Finished after ${tuning.result!.tuned.steps} steps.`}
      </p>
    </section>
  );
}

/** The first step compiles. */
function timeLeft({ steps, settings }: Tuning): string {
  const times = steps.slice(1).map(({ milliseconds }) => milliseconds);
  if (times.length < 2) return '';
  const each = times.reduce((sum, time) => sum + time, 0) / times.length;
  const seconds = Math.round((each * (settings.steps - steps.length)) / 1000);
  return seconds < 90 ? `about ${seconds} s left` : `about ${Math.round(seconds / 60)} min left`;
}

/** The loss, and what the model says of the first photo beside what is known. */
function Progress({ pairs: { pairs }, tuning }: { pairs: Pairs; tuning: Tuning }) {
  const [first] = pairs;
  const { depth } = tuning;
  const range = first && depth ? depthRange([first.truth, depth]) : undefined;
  return (
    <section class="card" aria-label="Progress">
      <LossChart steps={tuning.steps} total={Math.max(tuning.settings.steps, tuning.steps.length)} />
      {range && (
        <div class="tune__pictures">
          <figure>
            <img src={first!.photo.url} alt="" />
            <figcaption>{first!.photo.name}</figcaption>
          </figure>
          <figure>
            <DepthCanvas map={first!.truth} range={range} colormap="turbo" />
            <figcaption>known depth</figcaption>
          </figure>
          <figure>
            <DepthCanvas map={depth!} range={range} colormap="turbo" />
            <figcaption>the model now</figcaption>
          </figure>
        </div>
      )}
    </section>
  );
}

function Result({ tuning, estimates, onUsed }: { tuning: Tuning; estimates: Estimates; onUsed(): void }) {
  const { tuned, model } = tuning.result!;
  const isUsed = estimates.models.some(({ id }) => id === model.id);
  return (
    <section class="card" aria-label="Your model">
      <h2>{model.id}</h2>
      <div class="row">
        <button
          type="button"
          class="button button--primary"
          onClick={() => {
            if (!isUsed) estimates.addOwn(model);
            onUsed();
          }}
        >
          Use it now
        </button>
        <button
          type="button"
          class="button"
          onClick={async () => saveFile(await zipOf(tuned.files), `${model.id}.zip`)}
        >
          <Download /> Download adapters
        </button>
      </div>
      <small>
        The zip is a folder that LlmMde.load and llm-mde predict open; adapters are in PEFT's format. It lasts in this
        page until it is closed.
      </small>
    </section>
  );
}

async function zipOf(files: ReadonlyMap<string, Uint8Array>): Promise<Blob> {
  const { zipSync } = await import('fflate');
  // Weights do not get smaller.
  return new Blob([zipSync(Object.fromEntries(files), { level: 0 })], { type: 'application/zip' });
}
