import { Camera, GraduationCap, Image, SlidersHorizontal, Video } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { type Estimates, PROMPT_NAMES, type Settings } from '../hooks/use-estimates.js';
import type { Server } from '../hooks/use-server.js';
import { FileButton } from './file-button.js';
import type { Inputs } from './inputs.js';
import { Segments } from './segments.js';

interface HeaderProps {
  server: Server;
  estimates: Estimates;
  inputs: Inputs;
  hasPhoto: boolean;
  activity: Activity;
  onActivity(activity: Activity): void;
}

/** What the page is used for. */
export type Activity = (typeof ACTIVITIES)[number]['value'];

const ACTIVITIES = [
  { value: 'photo', label: 'Photo', icon: Image },
  { value: 'live', label: 'Video', icon: Video },
  { value: 'tune', label: 'Fine-tune', icon: GraduationCap },
] as const;

/** The model, what to compare it with, and where it runs. */
export function Header({ server, estimates, inputs, hasPhoto, activity, onActivity }: HeaderProps) {
  const { settings, change, models } = estimates;
  // Beside a photo on a phone, which needs the space.
  const [open, setOpen] = useState(false);
  return (
    <header class={`header row${hasPhoto && activity === 'photo' && !open ? ' header--folded' : ''}`}>
      <div class="brand">
        <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
          <path d="M2 5h28v22H2z" fill="#3d2f8c" />
          <path d="M6 9h20v14H6z" fill="#2f9fd8" />
          <path d="M10 12.500h12v8H10z" fill="#7be05a" />
          <path d="M13 15h6v3.500h-6z" fill="#f9a83a" />
        </svg>
        <span>LLM-MDE</span>
      </div>
      <Segments title="Activity" options={ACTIVITIES} chosen={activity} onChoose={onActivity} />
      <div id="settings" class="header__controls row">
        <label class="field">
          <small>Model</small>
          <select
            value={settings.model}
            disabled={models.length === 0}
            onChange={({ currentTarget }) => change({ model: currentTarget.value, compareWith: '' })}
          >
            {models.map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
        {activity === 'photo' && <CompareWith estimates={estimates} />}
        <Runtime server={server} estimates={estimates} />
      </div>
      {hasPhoto && activity === 'photo' && (
        <div class="header__inputs row">
          <FileButton inputs={inputs} class="button button--small">
            <Image /> <span class="header__long">Another photo</span>
          </FileButton>
          <button
            type="button"
            class="button button--small button--icon"
            aria-label="Use the camera"
            onClick={inputs.openCamera}
          >
            <Camera />
          </button>
          <button
            type="button"
            class="button button--small button--icon header__toggle"
            aria-label="Model and settings"
            aria-expanded={open}
            aria-controls="settings"
            onClick={() => setOpen(!open)}
          >
            <SlidersHorizontal />
          </button>
        </div>
      )}
    </header>
  );
}

function CompareWith({ estimates: { settings, change, models, others } }: { estimates: Estimates }) {
  const model = models.find(({ id }) => id === settings.model);
  const styles = (['adaptive', 'fixed', 'none'] as const).filter((style) => style !== model?.promptStyle);
  return (
    <label class="field">
      <small>Compare with</small>
      <select
        value={settings.compareWith}
        disabled={!model}
        onChange={({ currentTarget }) => change({ compareWith: currentTarget.value as Settings['compareWith'] })}
      >
        <option value="">None</option>
        <optgroup label="Another prompt">
          {styles.map((style) => (
            <option key={style} value={`prompt:${style}`}>
              {PROMPT_NAMES[style]}
            </option>
          ))}
        </optgroup>
        {models.length > 1 && (
          <optgroup label="Another model">
            {models
              .filter(({ id }) => id !== settings.model)
              .map(({ id }) => (
                <option key={id} value={`model:${id}`}>
                  {id}
                </option>
              ))}
          </optgroup>
        )}
        {others.length > 0 && settings.runtime === 'server' && (
          <optgroup label="A model of others">
            {others.map(({ id }) => (
              <option key={id} value={`model:${id}`}>
                {id}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </label>
  );
}

function Runtime({ server, estimates }: { server: Server; estimates: Estimates }) {
  const { settings, change, models, others, download, browserDevice } = estimates;
  const inBrowser = settings.runtime === 'browser';
  const model = models.find(({ id }) => id === settings.model);
  const possible = model?.runsInBrowser ?? false;
  const bytes = model?.files.reduce((sum, file) => sum + file.bytes, 0) ?? 0;
  const device = inBrowser ? browserDevice : server.description?.device?.name;
  const hasServer = server.description?.device !== null;
  return (
    <div class="runtime">
      <label
        class="field"
        title={
          !hasServer
            ? `There is no server behind this page. Downloads the model first: ${megabytes(bytes)} MB`
            : possible
              ? `Downloads the model first: ${megabytes(bytes)} MB`
              : 'The pretrained encoders of this model are not on the server yet: estimate a photo there, then reload the page.'
        }
      >
        <input
          type="checkbox"
          checked={inBrowser}
          disabled={!possible || !hasServer}
          onChange={({ currentTarget }) => {
            // Models of others run on the server only.
            const comparesOthers = others.some(({ id }) => settings.compareWith === `model:${id}`);
            const keeps = !currentTarget.checked || !comparesOthers;
            change({ runtime: currentTarget.checked ? 'browser' : 'server', ...(!keeps && { compareWith: '' }) });
          }}
        />
        <span>Run in browser{possible && ` (${megabytes(bytes)} MB)`}</span>
      </label>
      {download === undefined ? (
        <small>
          {inBrowser ? 'not uploaded' : 'on the server'}
          {device && ` · ${device}`}
        </small>
      ) : (
        <small class="runtime__download">
          <progress
            class="runtime__progress"
            aria-label="Model download"
            value={download.loaded}
            max={download.total}
          />
          {megabytes(download.loaded)} of {megabytes(download.total)} MB
        </small>
      )}
    </div>
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
