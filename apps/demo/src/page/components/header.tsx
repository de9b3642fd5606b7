import { type Estimates, PROMPT_NAMES, type Settings } from '../hooks/use-estimates.js';
import type { Server } from '../hooks/use-server.js';
import { FileButton } from './file-button.js';
import { CameraIcon, ImageIcon } from './icons.js';
import type { Inputs } from './inputs.js';

interface HeaderProps {
  server: Server;
  estimates: Estimates;
  inputs: Inputs;
  hasPhoto: boolean;
}

/** Which model, beside what, and where it runs. */
export function Header({ server, estimates, inputs, hasPhoto }: HeaderProps) {
  const { settings, change, models } = estimates;
  return (
    <header class="header">
      <div class="brand">
        <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
          <path d="M2 5h28v22H2z" fill="#3d2f8c" />
          <path d="M6 9h20v14H6z" fill="#2f9fd8" />
          <path d="M10 12.500h12v8H10z" fill="#7be05a" />
          <path d="M13 15h6v3.500h-6z" fill="#f9a83a" />
        </svg>
        <span>LLM-MDE</span>
      </div>
      <div class="header__controls">
        <label class="field">
          <span>Model</span>
          <select
            value={settings.model}
            disabled={models.length === 0}
            onChange={({ currentTarget }) => change({ model: currentTarget.value, besides: '' })}
          >
            {models.map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
        <Besides estimates={estimates} />
        <Place server={server} estimates={estimates} />
      </div>
      {hasPhoto && (
        <div class="header__inputs">
          <FileButton inputs={inputs} class="button button--small">
            <ImageIcon /> Another photo
          </FileButton>
          <button
            type="button"
            class="button button--small button--icon"
            aria-label="Use the camera"
            onClick={inputs.openCamera}
          >
            <CameraIcon />
          </button>
        </div>
      )}
    </header>
  );
}

function Besides({ estimates: { settings, change, models } }: { estimates: Estimates }) {
  const model = models.find(({ id }) => id === settings.model);
  const styles = (['adaptive', 'fixed', 'none'] as const).filter((style) => style !== model?.promptStyle);
  return (
    <label class="field">
      <span>Beside it</span>
      <select
        value={settings.besides}
        disabled={!model}
        onChange={({ currentTarget }) => change({ besides: currentTarget.value as Settings['besides'] })}
      >
        <option value="">nothing</option>
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
      </select>
    </label>
  );
}

function Place({ server, estimates }: { server: Server; estimates: Estimates }) {
  const { settings, change, models, download, browserDevice } = estimates;
  const inBrowser = settings.place === 'browser';
  const possible = models.find(({ id }) => id === settings.model)?.runsInBrowser ?? false;
  const device = inBrowser ? browserDevice : server.description?.device.name;
  return (
    <div class="place">
      <label class="switch" title={possible ? '' : 'This model needs pretrained towers that this page does not fetch.'}>
        <input
          type="checkbox"
          role="switch"
          checked={inBrowser}
          aria-checked={inBrowser}
          disabled={!possible}
          onChange={({ currentTarget }) => change({ place: currentTarget.checked ? 'browser' : 'server' })}
        />
        <span class="switch__track" />
        <span>In this browser</span>
      </label>
      {download === undefined ? (
        <span class="place__note">
          {inBrowser
            ? `the photo stays here${device ? ` · ${device}` : ''}`
            : `on the server${device ? ` · ${device}` : ''}`}
        </span>
      ) : (
        <progress class="place__progress" aria-label="Download of the model" value={download} max="1" />
      )}
    </div>
  );
}
