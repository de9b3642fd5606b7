export { type AlignmentCoefficients, alignScaleShift, alignScaleShiftDisparity, medianScale } from './alignment.js';
export { clampDepth, type DepthRange } from './clamp-depth.js';
export { type Crop, type CropName, evaluationCrop } from './crop.js';
export { DepthMetrics, type DepthMetricsState, type DepthMetricsSummary } from './depth-metrics.js';
export {
  absRel,
  computeDepthMetrics,
  type DepthErrors,
  delta1,
  delta2,
  delta3,
  log10,
  METRIC_NAMES,
  type MetricName,
  rmse,
  rmseLog,
  siLog,
  sqRel,
} from './errors.js';
export { type Alignment, type EvaluationOptions, evaluateDepth } from './evaluate-depth.js';
export { averageWithFlipped, flipHorizontally } from './flip.js';
export { minMaxNormalizedMetrics } from './per-image-min-max.js';
export { type ValidMaskOptions, validMask } from './valid-mask.js';
