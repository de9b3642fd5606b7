import type { MetricName } from '@llm-mde/metrics';

/** What a metric says, in a sentence. */
export const METRIC_MEANINGS: Record<MetricName, string> = {
  absRel: 'Mean of |prediction − truth| / truth. 0.1 means that depth is off by 10 % on average. Lower is better.',
  rmse: 'Root of the mean squared error in metres, so large errors count most. Lower is better.',
  sqRel: 'Mean of (prediction − truth)² / truth, in metres. Far and large errors count most. Lower is better.',
  rmseLog: 'Root mean squared error of the natural logarithm of depth: ratios count, not metres. Lower is better.',
  log10: 'Mean difference of the decimal logarithms of depth. 0.04 is about 10 %. Lower is better.',
  siLog: 'Spread of the logarithmic error, times 100: what is wrong beside the overall scale. Lower is better.',
  delta1: 'Share of pixels whose depth is within a factor of 1.25 of the truth. 1 is all of them. Higher is better.',
  delta2: 'As δ1, within a factor of 1.25² (1.56). Higher is better.',
  delta3: 'As δ1, within a factor of 1.25³ (1.95). Higher is better.',
};
