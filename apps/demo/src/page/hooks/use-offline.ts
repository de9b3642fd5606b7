import { useEffect, useState } from 'preact/hooks';
import type { Server } from './use-server.js';

export interface Offline {
  /** `storing`: the browser is downloading what it needs to work offline; `ready`: it has it; `none`: there is a server, or no way to store. */
  state: 'none' | 'storing' | 'ready';
  /** Changes to a newer version of the page, which has been downloaded; undefined if there is none. */
  update: (() => void) | undefined;
}

/** A page without a server is kept by its service worker (see src/static), which browsers allow on secure pages. */
export function useOffline({ description }: Server): Offline {
  const [state, setState] = useState<Offline['state']>('none');
  const [waiting, setWaiting] = useState<ServiceWorker>();
  const isStatic = description?.device === null;

  useEffect(() => {
    if (!isStatic || !navigator.serviceWorker) return undefined;
    let stopped = false;
    const watch = (registration: ServiceWorkerRegistration) => {
      if (stopped) return;
      if (registration.active) setState('ready');
      // The first version needs no change: it takes over by itself.
      setWaiting(registration.active ? (registration.waiting ?? undefined) : undefined);
    };
    const register = async () => {
      const registration = await navigator.serviceWorker.register('service-worker.js');
      setState('storing');
      const follow = (worker: ServiceWorker | null) =>
        worker?.addEventListener('statechange', () => watch(registration));
      follow(registration.installing);
      registration.addEventListener('updatefound', () => follow(registration.installing));
      watch(registration);
    };
    // Without it, the page works online.
    register().catch(() => setState('none'));
    return () => {
      stopped = true;
    };
  }, [isStatic]);

  const update =
    waiting &&
    (() => {
      navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
      waiting.postMessage('use this version');
    });
  return { state, update };
}
