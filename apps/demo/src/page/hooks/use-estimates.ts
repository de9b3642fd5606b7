import type { PromptStyle } from '@llm-mde/prompts';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { BrowserEstimator } from '../estimate/browser-estimator.js';
import type { DepthEstimate, Estimator, ModelDescription } from '../estimate/estimator.js';
import { serverEstimator } from '../estimate/server-estimator.js';
import type { Photo } from '../photo.js';
import type { Server } from './use-server.js';

export interface Settings {
  /** Id of a model; empty until the server has said which there are. */
  model: string;
  /** What is shown beside it: nothing, another model, or another style of prompt. */
  besides: '' | `model:${string}` | `prompt:${PromptStyle}`;
  place: 'server' | 'browser';
}

export interface Estimates {
  settings: Settings;
  change(settings: Partial<Settings>): void;
  models: readonly ModelDescription[];
  estimator: Estimator;
  /** One, or two where something is shown beside; undefined while it is computed. */
  results: { title: string; estimate: DepthEstimate | undefined }[];
  /** The download of the model to this browser, 0 to 1; undefined where none is under way. */
  download: number | undefined;
  /** What computes in this browser, once that is known. */
  browserDevice: string | undefined;
  problem?: string;
}

/** Depth of the photo, by the model, the prompt and the place that are chosen. */
export function useEstimates(photo: Photo | undefined, { description }: Server): Estimates {
  const models = useMemo(() => description?.models ?? [], [description]);
  const [chosen, setChosen] = useState<Settings>({ model: '', besides: '', place: 'server' });
  const [download, setDownload] = useState<number>();
  const [browserDevice, setBrowserDevice] = useState<string>();
  const [estimates, setEstimates] = useState<(DepthEstimate | undefined)[]>([]);
  const [problem, setProblem] = useState<string>();
  const settings = useMemo(() => ({ ...chosen, model: chosen.model || (models[0]?.id ?? '') }), [chosen, models]);
  const browserEstimator = useMemo(
    () =>
      new BrowserEstimator(models, {
        onProgress: (loaded, total) => setDownload(loaded < total ? loaded / total : undefined),
        onDevice: setBrowserDevice,
      }),
    [models],
  );
  const estimator = settings.place === 'server' ? serverEstimator : browserEstimator;
  const requests = useMemo(() => requestsFor(settings, models), [settings, models]);

  useEffect(() => {
    if (!photo || !settings.model) return undefined;
    const controller = new AbortController();
    setEstimates([]);
    setProblem(undefined);
    requests.forEach(async ({ request }, index) => {
      try {
        const estimate = await estimator.depth(photo, request, controller.signal);
        if (controller.signal.aborted) return;
        setEstimates((before) => requests.map((_, at) => (at === index ? estimate : before[at])));
      } catch (error) {
        if (!controller.signal.aborted) setProblem((error as Error).message);
      }
    });
    return () => controller.abort();
  }, [photo, settings.model, requests, estimator]);

  return {
    settings,
    change: (changes) => setChosen((before) => ({ ...before, ...changes })),
    models,
    estimator,
    results: requests.map(({ title }, index) => ({ title, estimate: estimates[index] })),
    download,
    browserDevice,
    ...(problem !== undefined && { problem }),
  };
}

export const PROMPT_NAMES: Record<PromptStyle, string> = {
  adaptive: 'adaptive prompt',
  fixed: 'fixed prompt',
  none: 'no prompt',
};

function requestsFor({ model, besides }: Settings, models: readonly ModelDescription[]) {
  const [kind, ...rest] = besides.split(':');
  const name = rest.join(':');
  const trainedWith = models.find(({ id }) => id === model)?.promptStyle;
  const first = { title: model, request: { model } };
  if (kind === 'model') return [first, { title: name, request: { model: name } }];
  if (kind === 'prompt') {
    const promptStyle = name as PromptStyle;
    return [
      { ...first, title: trainedWith ? PROMPT_NAMES[trainedWith] : model },
      { title: PROMPT_NAMES[promptStyle], request: { model, promptStyle } },
    ];
  }
  return [first];
}
