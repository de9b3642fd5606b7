import type { Estimates } from '../hooks/use-estimates.js';

/** What a picture waits for, or that its depth failed. */
export function PaneWait({ estimates }: { estimates: Estimates }) {
  const { download, settings, browserDevice, problem, retry } = estimates;
  if (problem) {
    return (
      <div class="pane__wait pane__wait--over">
        No depth: see the message.{' '}
        <button
          type="button"
          class="button button--small"
          onClick={(event) => {
            event.stopPropagation();
            retry();
          }}
        >
          Try again
        </button>
      </div>
    );
  }
  return (
    <div class="pane__wait" role="status">
      {download ? (
        <>
          Downloading the model
          <progress aria-label="Download of the model" value={download.loaded} max={download.total} />
        </>
      ) : settings.runtime === 'browser' && browserDevice === undefined ? (
        'Starting the model in this browser…'
      ) : (
        'Estimating depth…'
      )}
    </div>
  );
}
