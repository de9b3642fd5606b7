import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A component that is downloaded when it is first shown. */
export function lazily<Properties extends object>(
  load: () => Promise<ComponentType<Properties>>,
): ComponentType<Properties> {
  let loaded: ComponentType<Properties> | undefined;
  return function Lazily(properties: Properties) {
    const [, setShown] = useState(false);
    const [problem, setProblem] = useState(false);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (component) => {
          loaded = component;
          setShown(true);
        },
        () => setProblem(true),
      );
    }, []);
    if (problem) return <p role="alert">This part of the page could not be loaded. Reload the page.</p>;
    if (!loaded) return <p role="status">Loading…</p>;
    const Component = loaded;
    return <Component {...properties} />;
  };
}
