import { METRIC_NAMES, type MetricName } from '@llm-mde/metrics';

/** How metrics are called in papers. */
export const METRIC_LABELS: Record<MetricName, string> = {
  rmse: 'RMSE (m)',
  absRel: 'AbsRel',
  sqRel: 'SqRel (m)',
  rmseLog: 'RMSE log',
  log10: 'log10',
  siLog: 'SILog',
  delta1: 'δ1',
  delta2: 'δ2',
  delta3: 'δ3',
};

export function isMetric(name: string): name is MetricName {
  return (METRIC_NAMES as readonly string[]).includes(name);
}

/** Whether a larger value is the better one. */
export function largerIsBetter(name: MetricName): boolean {
  return name.startsWith('delta');
}

/** Three decimals, or as many digits as it takes; a dash where there is no number. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const magnitude = Math.abs(value);
  const text =
    magnitude !== 0 && magnitude < 0.001
      ? value.toExponential(1)
      : value.toFixed(magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : 3);
  return text.replaceAll('-', '−');
}
