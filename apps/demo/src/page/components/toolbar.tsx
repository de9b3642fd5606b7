import type { ComponentChildren } from 'preact';
import type { Tool, View } from '../hooks/use-view.js';
import { MeasureIcon, PictureIcon, ReadIcon, SpaceIcon, WordsIcon } from './icons.js';

const TOOLS: { tool: Tool; title: string; icon: () => ComponentChildren }[] = [
  { tool: 'read', title: 'Read', icon: ReadIcon },
  { tool: 'measure', title: 'Measure', icon: MeasureIcon },
  { tool: 'words', title: 'Words', icon: WordsIcon },
];

const HINTS: Record<Tool, string> = {
  read: 'Point at a place to read its distance.',
  measure: 'Click two places: the line between them, through space.',
  words: 'Click a patch: the words that it leans on.',
};

/** Flat or in space, and what a click does. */
export function Toolbar({ view, hasDepth }: { view: View; hasDepth: boolean }) {
  const inSpace = view.shows === 'space';
  return (
    <div class="toolbar">
      <fieldset class="segments" aria-label="View">
        <Choice chosen={!inSpace} onChoose={() => view.setShows('picture')}>
          <PictureIcon /> Picture
        </Choice>
        <Choice chosen={inSpace} disabled={!hasDepth} onChoose={() => view.setShows('space')}>
          <SpaceIcon /> 3D
        </Choice>
      </fieldset>
      {!inSpace && (
        <fieldset class="segments" aria-label="Tool">
          {TOOLS.map(({ tool, title, icon: Icon }) => (
            <Choice key={tool} chosen={view.tool === tool} onChoose={() => view.setTool(tool)}>
              <Icon /> {title}
            </Choice>
          ))}
        </fieldset>
      )}
      <p class="toolbar__hint">{inSpace ? 'Drag to turn, scroll or pinch to come nearer.' : HINTS[view.tool]}</p>
    </div>
  );
}

interface ChoiceProps {
  chosen: boolean;
  disabled?: boolean;
  onChoose(): void;
  children: ComponentChildren;
}

function Choice({ chosen, disabled = false, onChoose, children }: ChoiceProps) {
  return (
    <button type="button" class="segment" aria-pressed={chosen} disabled={disabled} onClick={onChoose}>
      {children}
    </button>
  );
}
