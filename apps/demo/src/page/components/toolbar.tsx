import { Box, Columns2, Crosshair, Grid3x3, type LucideIcon, Ruler } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import type { Tool, View } from '../hooks/use-view.js';

const TOOLS: { tool: Tool; title: string; icon: LucideIcon; hint: string }[] = [
  { tool: 'inspect', title: 'Inspect', icon: Crosshair, hint: 'Move the pointer to read the depth.' },
  { tool: 'measure', title: 'Measure', icon: Ruler, hint: 'Click two points to measure the distance between them.' },
  { tool: 'attention', title: 'Attention', icon: Grid3x3, hint: 'Click a patch to see the words it attends to.' },
];

/** 2D or 3D, and the tool of the pointer. */
export function Toolbar({ view: { mode, tool, change }, hasDepth }: { view: View; hasDepth: boolean }) {
  const hint =
    mode === '3d' ? 'Drag to rotate, scroll or pinch to zoom.' : TOOLS.find((known) => known.tool === tool)!.hint;
  return (
    <div class="toolbar">
      <fieldset class="segments" aria-label="View">
        <Choice chosen={mode === '2d'} onChoose={() => change({ mode: '2d' })}>
          <Columns2 /> 2D
        </Choice>
        <Choice chosen={mode === '3d'} disabled={!hasDepth} onChoose={() => change({ mode: '3d' })}>
          <Box /> 3D
        </Choice>
      </fieldset>
      {mode === '2d' && (
        <fieldset class="segments" aria-label="Tool">
          {TOOLS.map(({ tool: option, title, icon: Icon }) => (
            <Choice key={option} chosen={tool === option} onChoose={() => change({ tool: option })}>
              <Icon /> {title}
            </Choice>
          ))}
        </fieldset>
      )}
      <p class="toolbar__hint">{hint}</p>
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
