import { Box, Columns2, Crosshair, Grid3x3, Ruler } from 'lucide-preact';
import type { View } from '../hooks/use-view.js';
import { Segments } from './segments.js';

const TOOLS = [
  { value: 'inspect', label: 'Inspect', icon: Crosshair, hint: 'Select a pixel to read its depth.' },
  {
    value: 'measure',
    label: 'Measure',
    icon: Ruler,
    hint: 'Select two points to measure the distance between them.',
  },
  {
    value: 'attention',
    label: 'Attention',
    icon: Grid3x3,
    hint: 'Select a patch to see what it attends to, where patches differ.',
  },
] as const;

/** 2D or 3D, and the tool of the pointer. */
export function Toolbar({ view: { mode, tool, change }, hasDepth }: { view: View; hasDepth: boolean }) {
  const hint =
    mode === '3d' ? 'Drag to rotate, scroll or pinch to zoom.' : TOOLS.find(({ value }) => value === tool)!.hint;
  return (
    <div class="toolbar row">
      <Segments
        title="View"
        options={[
          { value: '2d', label: '2D', icon: Columns2 },
          { value: '3d', label: '3D', icon: Box, disabled: !hasDepth },
        ]}
        chosen={mode}
        onChoose={(chosen) => change({ mode: chosen })}
      />
      {mode === '2d' && (
        <Segments title="Tool" options={TOOLS} chosen={tool} onChoose={(chosen) => change({ tool: chosen })} />
      )}
      <p class="quiet">{hint}</p>
    </div>
  );
}
