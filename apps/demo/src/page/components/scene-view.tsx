import { colorizeDepth, intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DepthEstimate } from '../estimators/estimator.js';
import type { View } from '../hooks/use-view.js';
import type { Photo } from '../lib/photo.js';
import type { DepthScene } from '../scene/depth-scene.js';
import { Segments } from './segments.js';

interface SceneViewProps {
  photo: Photo;
  estimate: DepthEstimate;
  range: [number, number];
  view: View;
}

/** The photo in 3D. Three.js is loaded with the first view. */
export function SceneView({ photo, estimate, range, view }: SceneViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [scene, setScene] = useState<DepthScene>();
  const [problem, setProblem] = useState<string>();
  const [kind, setKind] = useState<'mesh' | 'points'>('mesh');
  const [colors, setColors] = useState<'photo' | 'depth'>('photo');

  useEffect(() => {
    let created: DepthScene | undefined;
    let gone = false;
    import('../scene/depth-scene.js').then(
      (loaded) => {
        if (gone) return;
        try {
          created = new loaded.DepthScene(canvas.current!);
          setScene(created);
        } catch {
          setProblem('This browser cannot draw in 3D: enable hardware acceleration in its settings.');
        }
      },
      () => setProblem('The 3D view could not be loaded. Is the server still running?'),
    );
    return () => {
      gone = true;
      created?.dispose();
    };
  }, []);

  const [minDepth, maxDepth] = range;
  useEffect(() => {
    const { width, height, depth } = estimate;
    scene?.show(depth, {
      width,
      height,
      intrinsics: intrinsicsFromFieldOfView(view.fieldOfView, estimate),
      colors:
        colors === 'photo'
          ? photo.colors
          : colorizeDepth(depth, { width, height, minDepth, maxDepth, colormap: view.colormap }),
      kind,
    });
  }, [scene, estimate, photo, view.fieldOfView, view.colormap, kind, colors, minDepth, maxDepth]);

  return (
    <div class="scene stack">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: keys rotate it, and a picture has no such role */}
      <canvas
        ref={canvas}
        class="scene__canvas"
        tabIndex={0}
        role="application"
        aria-label="3D view of the photo. Arrow keys rotate it, plus and minus zoom, Home resets it."
        onKeyDown={(event) => scene?.onKey(event.key) && event.preventDefault()}
      />
      {problem && (
        <p class="scene__problem" role="alert">
          {problem}
        </p>
      )}
      <div class="row">
        <Segments
          class="segments--small"
          title="Render as"
          options={[{ value: 'mesh' }, { value: 'points' }]}
          chosen={kind}
          onChoose={(value) => setKind(value)}
        />
        <Segments
          class="segments--small"
          title="Color by"
          options={[{ value: 'photo' }, { value: 'depth' }]}
          chosen={colors}
          onChoose={(value) => setColors(value)}
        />
        <button type="button" class="button button--small" onClick={() => scene?.reset()}>
          Reset view
        </button>
      </div>
    </div>
  );
}
