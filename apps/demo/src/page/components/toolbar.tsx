import { Box, Columns2, Crosshair, Grid3x3, Ruler } from 'lucide-preact';
import { TOUCH, useMedia } from '../hooks/use-media.js';
import type { View } from '../hooks/use-view.js';
import { Segments } from './segments.js';

const TOOLS = [
  {
    value: 'inspect',
    label: 'Inspect',
    icon: Crosshair,
    hint: 'Point at the picture to read its depth.',
    touchHint: 'Tap the picture to read its depth.',
  },
  {
    value: 'measure',
    label: 'Measure',
    icon: Ruler,
    hint: 'Click a point to measure how far it is from the camera, and another for the distance between both.',
    touchHint: 'Tap a point to measure how far it is from the camera, and another for the distance between both.',
  },
  {
    value: 'attention',
    label: 'Attention',
    icon: Grid3x3,
    hint: 'Click a patch to see what it attends to, where patches differ.',
    touchHint: 'Tap a patch to see what it attends to, where patches differ.',
  },
] as const;

/** 2D or 3D, and the tool of the pointer. */
export function Toolbar({ view: { mode, tool, change }, hasDepth }: { view: View; hasDepth: boolean }) {
  const touch = useMedia(TOUCH);
  const chosenTool = TOOLS.find(({ value }) => value === tool)!;
  const hint =
    mode === '3d' ? `Drag to rotate, ${touch ? 'pinch' : 'scroll'} to zoom.` : chosenTool[touch ? 'touchHint' : 'hint'];
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
