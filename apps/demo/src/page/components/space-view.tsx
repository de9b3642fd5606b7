import { colorizeDepth } from '@llm-mde/depth-maps';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DepthEstimate } from '../estimate/estimator.js';
import { cameraOf } from '../geometry.js';
import type { View } from '../hooks/use-view.js';
import type { Photo } from '../photo.js';
import type { DepthScene } from '../space/depth-scene.js';

interface SpaceViewProps {
  photo: Photo;
  estimate: DepthEstimate;
  range: [number, number];
  view: View;
}

/** The photo in space, to walk around in. The library that draws it is loaded with the first view. */
export function SpaceView({ photo, estimate, range, view }: SpaceViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [scene, setScene] = useState<DepthScene>();
  const [problem, setProblem] = useState<string>();
  const [kind, setKind] = useState<'mesh' | 'points'>('mesh');
  const [colors, setColors] = useState<'photo' | 'depth'>('photo');

  useEffect(() => {
    let created: DepthScene | undefined;
    let gone = false;
    import('../space/depth-scene.js').then(
      (loaded) => {
        if (gone) return;
        try {
          created = new loaded.DepthScene(canvas.current!);
          setScene(created);
        } catch {
          setProblem('This browser cannot draw in 3D: switch on hardware acceleration in its settings.');
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
      intrinsics: cameraOf(estimate, view.fieldOfView),
      colors:
        colors === 'photo'
          ? photo.colors
          : colorizeDepth(depth, { width, height, minDepth, maxDepth, colormap: view.colormap }),
      kind,
    });
  }, [scene, estimate, photo, view.fieldOfView, view.colormap, kind, colors, minDepth, maxDepth]);

  return (
    <div class="space">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: keys turn it, and a picture has no such role */}
      <canvas
        ref={canvas}
        class="space__canvas"
        tabIndex={0}
        role="application"
        aria-label="The photo in space. Arrow keys turn it, plus and minus come nearer and go away."
        onKeyDown={(event) => scene?.onKey(event.key) && event.preventDefault()}
      />
      {problem && (
        <p class="space__problem" role="alert">
          {problem}
        </p>
      )}
      <div class="space__controls">
        <Toggle title="Form" options={['mesh', 'points']} chosen={kind} onChoose={(option) => setKind(option)} />
        <Toggle title="Colors" options={['photo', 'depth']} chosen={colors} onChoose={(option) => setColors(option)} />
        <label class="field field--inline">
          <span>Field of view</span>
          <input
            type="range"
            min="30"
            max="110"
            value={view.fieldOfView}
            onInput={({ currentTarget }) => view.setFieldOfView(Number(currentTarget.value))}
          />
          <output>{view.fieldOfView}°</output>
        </label>
        <button type="button" class="button button--small" onClick={() => scene?.reset()}>
          Back to the start
        </button>
      </div>
    </div>
  );
}

interface ToggleProps<Option extends string> {
  title: string;
  options: readonly Option[];
  chosen: Option;
  onChoose: (option: Option) => void;
}

function Toggle<Option extends string>({ title, options, chosen, onChoose }: ToggleProps<Option>) {
  return (
    <fieldset class="segments segments--small" aria-label={title}>
      {options.map((option) => (
        <button
          key={option}
          type="button"
          class="segment"
          aria-pressed={option === chosen}
          onClick={() => onChoose(option)}
        >
          {option}
        </button>
      ))}
    </fieldset>
  );
}
