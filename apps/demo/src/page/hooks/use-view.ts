import type { ColormapName } from '@llm-mde/depth-maps';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { DEFAULT_FIELD_OF_VIEW, type Pixel } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';

type Tool = 'inspect' | 'measure' | 'attention';

export type Comparison = 'swipe' | 'side by side' | 'difference';

interface ViewState {
  mode: '2d' | '3d';
  tool: Tool;
  /** How two estimates are compared. */
  comparison: Comparison;
  colormap: ColormapName;
  /** Degrees across the longer side of the photo. */
  fieldOfView: number;
  /** Share of the picture, from the left, that shows the photo. */
  split: number;
  /** Where the pointer or the keyboard's crosshair is. */
  pointer: Pixel | undefined;
  /** The points to measure between: none, one or two. */
  measured: Pixel[];
  /** Index of the selected patch, in row-major order. */
  patch: number | undefined;
  /** The prototype whose attention is shown; undefined to show what the patch shares with others. */
  prototype: number | undefined;
}

export interface View extends ViewState {
  change(changes: Partial<ViewState>): void;
}

const INITIAL: ViewState = {
  mode: '2d',
  tool: 'inspect',
  comparison: 'swipe',
  colormap: 'turbo',
  fieldOfView: DEFAULT_FIELD_OF_VIEW,
  split: 0.5,
  pointer: undefined,
  measured: [],
  patch: undefined,
  prototype: undefined,
};

/** How the photo and its depth are shown. Selections are cleared with every new photo, which brings its field of view if it states one. */
export function useView(photo: Photo | undefined): View {
  const [state, setState] = useState(INITIAL);
  const change = useCallback((changes: Partial<ViewState>) => setState((before) => ({ ...before, ...changes })), []);
  useEffect(() => {
    const { pointer, measured, patch, prototype } = INITIAL;
    change({ pointer, measured, patch, prototype, fieldOfView: photo?.fieldOfView ?? DEFAULT_FIELD_OF_VIEW });
  }, [photo, change]);
  return { ...state, change };
}
