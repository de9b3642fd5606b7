import type { ColormapName } from '@llm-mde/depth-maps';
import { useEffect, useState } from 'preact/hooks';
import { DEFAULT_FIELD_OF_VIEW, type Pixel } from '../geometry.js';
import type { Photo } from '../photo.js';

export type Tool = 'read' | 'measure' | 'words';

export interface View {
  shows: 'picture' | 'space';
  setShows(shows: View['shows']): void;
  tool: Tool;
  setTool(tool: Tool): void;
  colormap: ColormapName;
  setColormap(name: ColormapName): void;
  /** Degrees across the long side of the photo. */
  fieldOfView: number;
  setFieldOfView(degrees: number): void;
  /** Share of the picture, from the left, that shows the photo. */
  split: number;
  setSplit(share: number): void;
  /** Where the pointer or the keyboard's crosshair is. */
  pointer: Pixel | undefined;
  setPointer(pixel: Pixel | undefined): void;
  /** The places that are measured between: none, one or two. */
  measured: Pixel[];
  setMeasured(pixels: Pixel[]): void;
  /** A patch, row by row. */
  patch: number | undefined;
  setPatch(patch: number | undefined): void;
  /** The prototype whose attention is shown; undefined for what the patch shares with others. */
  prototype: number | undefined;
  setPrototype(prototype: number | undefined): void;
}

/** How the photo and its depth are looked at. What belongs to one photo is forgotten with the next. */
export function useView(photo: Photo | undefined): View {
  const [shows, setShows] = useState<View['shows']>('picture');
  const [tool, setTool] = useState<Tool>('read');
  const [colormap, setColormap] = useState<ColormapName>('turbo');
  const [fieldOfView, setFieldOfView] = useState(DEFAULT_FIELD_OF_VIEW);
  const [split, setSplit] = useState(0.5);
  const [pointer, setPointer] = useState<Pixel>();
  const [measured, setMeasured] = useState<Pixel[]>([]);
  const [patch, setPatch] = useState<number>();
  const [prototype, setPrototype] = useState<number>();
  useEffect(() => {
    setPointer(undefined);
    setMeasured([]);
    setPatch(undefined);
    setPrototype(undefined);
  }, [photo]);
  return {
    ...{ shows, setShows, tool, setTool, colormap, setColormap, fieldOfView, setFieldOfView, split, setSplit },
    ...{ pointer, setPointer, measured, setMeasured, patch, setPatch, prototype, setPrototype },
  };
}
