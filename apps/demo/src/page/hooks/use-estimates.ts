import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ModelDescription, OtherModelDescription } from '../../server/schemas.js';
import { BrowserEstimator } from '../estimators/browser-estimator.js';
import type { DepthEstimate, Estimator } from '../estimators/estimator.js';
import { serverEstimator } from '../estimators/server-estimator.js';
import { alignedWith, scaled, withFieldOfView } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';
import type { Calibration } from './use-calibration.js';
import type { Server } from './use-server.js';

type PromptStyle = ModelDescription['promptStyle'];

export interface Settings {
  /** Id of a model; empty until the server has listed them. */
  model: string;
  /** What to compare it with: nothing, another model, or another style of prompt. */
  compareWith: '' | `model:${string}` | `prompt:${PromptStyle}`;
  runtime: 'server' | 'browser';
}

export interface Estimates {
  settings: Settings;
  change(settings: Partial<Settings>): void;
  models: readonly ModelDescription[];
  /** Models of others to compare with, on the server. */
  others: readonly OtherModelDescription[];
  estimator: Estimator;
  browserEstimator: BrowserEstimator;
  /** Adds a model that was fine-tuned in this browser, and selects it. */
  addOwn(model: ModelDescription): void;
  /** One, or two to compare. */
  results: Result[];
  /** Bytes of the model that the browser has downloaded, and all; undefined if there is no download. */
  download: { loaded: number; total: number } | undefined;
  /** The device in the browser, once it is known. */
  browserDevice: string | undefined;
  problem: string | undefined;
  /** Estimates again what failed. */
  retry(): void;
}

export interface Result {
  title: string;
  /** Of the model and its prompt. */
  key: string;
  model: string;
  /** Whether the server has the model: not one that was fine-tuned in this browser. */
  onServer: boolean;
  /** Undefined until estimated. */
  estimate: DepthEstimate | undefined;
  /** The mean relative error that the model's card states; undefined where none is known, as for calibrated depth. */
  relativeError: number | undefined;
  /** The factor that the known distances gave its depth. */
  scale: number | undefined;
}

/**
 * Depth of the photo, by the selected model, prompt and runtime.
 *
 * @param fieldOfView Across the longer side in degrees: the metres of models that know the camera follow it.
 */
export function useEstimates(
  photo: Photo | undefined,
  { description }: Server,
  fieldOfView: number,
  calibration: Calibration,
): Estimates {
  const known = useMemo(() => description?.models ?? [], [description]);
  const [own, setOwn] = useState<ModelDescription[]>([]);
  const models = useMemo(() => [...known, ...own], [known, own]);
  const others = useMemo(() => description?.others ?? [], [description]);
  const [chosen, setChosen] = useState<Settings>({ model: '', compareWith: '', runtime: 'server' });
  const [download, setDownload] = useState<Estimates['download']>();
  const [browserDevice, setBrowserDevice] = useState<string>();
  const [estimates, setEstimates] = useState<(DepthEstimate | undefined)[]>([]);
  const [problem, setProblem] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  const hasServer = description?.device !== null;
  const settings = useMemo(
    () => ({
      ...chosen,
      model: chosen.model || (models[0]?.id ?? ''),
      // The server does not know models that were fine-tuned here.
      runtime: hasServer && own.every(({ id }) => id !== chosen.model) ? chosen.runtime : ('browser' as const),
    }),
    [chosen, models, own, hasServer],
  );
  const browserEstimator = useMemo(
    () =>
      new BrowserEstimator(known, {
        onProgress: (loaded, total) => setDownload(loaded < total ? { loaded, total } : undefined),
        onDevice: setBrowserDevice,
      }),
    [known],
  );
  const estimator = settings.runtime === 'server' ? serverEstimator : browserEstimator;
  const requests = useMemo(() => requestsFor(settings, models, others), [settings, models, others]);

  // A further attempt asks again.
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
  }, [photo, settings.model, requests, estimator, attempt]);

  const shown = useMemo(() => {
    const [first, ...rest] = requests.map(({ key }, index) => {
      const estimate = estimates[index];
      return estimate && scaled(withFieldOfView(estimate, fieldOfView), calibration.scaleOf(key) ?? 1);
    });
    return [first, ...rest.map((each) => (each?.unit === 'relative' ? first && alignedWith(each, first) : each))];
  }, [requests, estimates, fieldOfView, calibration]);

  return {
    settings,
    change: (changes) => setChosen((before) => ({ ...before, ...changes })),
    models,
    others,
    estimator,
    browserEstimator,
    addOwn: (model) => {
      setOwn((before) => [...before, model]);
      setChosen({ model: model.id, compareWith: '', runtime: 'browser' });
    },
    results: requests.map(({ title, key, request }, index) => {
      const scale = calibration.scaleOf(key);
      const card = models.find(({ id }) => id === request.model)?.card;
      const isKnown = scale === undefined && !('promptStyle' in request);
      const relativeError = isKnown ? card?.typicalError?.absRel : undefined;
      const onServer = hasServer && [...known, ...others].some(({ id }) => id === request.model);
      return { title, key, onServer, model: request.model, estimate: shown[index], relativeError, scale };
    }),
    download,
    browserDevice,
    problem,
    retry: () => setAttempt((before) => before + 1),
  };
}

export const PROMPT_NAMES: Record<PromptStyle, string> = {
  adaptive: 'adaptive prompt',
  fixed: 'fixed prompt',
  scene: 'scene prompt',
  none: 'no prompt',
};

function requestsFor(
  { model, compareWith }: Settings,
  models: readonly ModelDescription[],
  others: readonly OtherModelDescription[],
) {
  const [kind, ...rest] = compareWith.split(':');
  const name = rest.join(':');
  const trainedWith = models.find(({ id }) => id === model)?.promptStyle;
  const first = { title: model, key: model, request: { model } };
  if (kind === 'model') {
    const isRelative = others.find(({ id }) => id === name)?.unit === 'relative';
    const title = isRelative ? `${name}, aligned with ${model}` : name;
    return [first, { title, key: name, request: { model: name } }];
  }
  if (kind === 'prompt') {
    const promptStyle = name as PromptStyle;
    return [
      { ...first, title: trainedWith ? PROMPT_NAMES[trainedWith] : model },
      {
        title: PROMPT_NAMES[promptStyle],
        key: `${model}, ${PROMPT_NAMES[promptStyle]}`,
        request: { model, promptStyle },
      },
    ];
  }
  return [first];
}
