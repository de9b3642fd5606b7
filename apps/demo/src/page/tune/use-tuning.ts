import { useRef, useState } from 'preact/hooks';
import type { ModelDescription } from '../../server/schemas.js';
import type { Tuned, TuneSettings, TuneStep } from '../estimators/fine-tune.js';
import type { Estimates } from '../hooks/use-estimates.js';
import type { DepthMap } from '../lib/geometry.js';
import type { TrainingPair } from '../lib/training-pairs.js';

export interface Tuning {
  state: 'idle' | 'running' | 'stopping' | 'done';
  steps: readonly TuneStep[];
  /** What the model last said of the first photo. */
  depth: DepthMap | undefined;
  settings: TuneSettings;
  change(settings: Partial<TuneSettings>): void;
  start(pairs: readonly TrainingPair[]): Promise<void>;
  stop(): void;
  result: { tuned: Tuned; model: ModelDescription } | undefined;
  problem: string | undefined;
}

/** The training, in the worker. */
export function useTuning({ browserEstimator, settings: { model }, models }: Estimates): Tuning {
  const [state, setState] = useState<Tuning['state']>('idle');
  const [steps, setSteps] = useState<readonly TuneStep[]>([]);
  const [result, setResult] = useState<Tuning['result']>();
  const [problem, setProblem] = useState<string>();
  const [settings, setSettings] = useState<TuneSettings>({ steps: 60, scope: 'adapters-and-new-modules' });
  const stop = useRef<AbortController>();

  const start = async (pairs: readonly TrainingPair[]) => {
    const chosen = { ...settings, steps: Math.min(2000, Math.max(1, Math.round(settings.steps) || 60)) };
    setSettings(chosen);
    const base = models.find(({ id }) => id === model)!;
    const root = model.replace(/-tuned(-\d+)?$/, '');
    const number = models.filter(({ id }) => id.startsWith(`${root}-tuned`)).length;
    const into: ModelDescription = {
      ...base,
      id: number === 0 ? `${root}-tuned` : `${root}-tuned-${number + 1}`,
      about: `${root}, fine-tuned in this browser on ${pairs.length} ${pairs.length === 1 ? 'photo' : 'photos'}.`,
      card: null,
      files: [],
    };
    stop.current = new AbortController();
    setState('running');
    setSteps([]);
    setResult(undefined);
    setProblem(undefined);
    try {
      const tuned = await browserEstimator.tune({
        model,
        pairs,
        settings: chosen,
        into,
        onStep: (step) => setSteps((before) => [...before, step]),
        stop: stop.current.signal,
      });
      setResult({ tuned, model: into });
      setState('done');
    } catch (error) {
      setProblem((error as Error).message);
      setState('idle');
    }
  };

  return {
    state,
    steps,
    depth: steps.findLast((step) => step.depth)?.depth,
    settings,
    change: (changes) => setSettings((before) => ({ ...before, ...changes })),
    start,
    stop() {
      setState('stopping');
      stop.current?.abort();
    },
    result,
    problem,
  };
}
