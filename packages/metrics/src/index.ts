export { type AlignmentCoefficients, alignScaleShift, alignScaleShiftDisparity, medianScale } from './alignment.js';
export { clampDepth, type DepthRange } from './clamp-depth.js';
export { type Crop, type CropName, evaluationCrop } from './crop.js';
export { DepthMetrics, type DepthMetricsSummary } from './depth-metrics.js';
export { computeDepthMetrics, type DepthErrors, METRIC_NAMES, type MetricName } from './errors.js';
export { type Alignment, type EvaluationOptions, evaluateDepth } from './evaluate-depth.js';
export { minMaxNormalizedMetrics } from './per-image-min-max.js';
export { type ValidMaskOptions, validMask } from './valid-mask.js';
