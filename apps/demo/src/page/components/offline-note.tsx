import type { Offline } from '../hooks/use-offline.js';

/** What a page without a server keeps, and that there is a newer version. */
export function OfflineNote({ offline: { state, update } }: { offline: Offline }) {
  if (update) {
    return (
      <footer class="offline offline--update row">
        A new version of this page is ready.
        <button type="button" class="button button--small" onClick={update}>
          Reload
        </button>
      </footer>
    );
  }
  if (state === 'none') return null;
  return (
    <footer class="offline">
      {state === 'ready' ? 'Works offline: this page is stored in your browser.' : 'Storing this page for offline use…'}
    </footer>
  );
}
