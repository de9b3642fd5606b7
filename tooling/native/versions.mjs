// Which versions of TensorFlow and Python fit.

export const MINIMUM_TENSORFLOW = '2.21';
export const DEFAULT_TENSORFLOW = '2.21.0';

/** Oldest and newest Python that TensorFlow 2.21 publishes wheels for. */
export const OLDEST_PYTHON = '3.10';
export const NEWEST_PYTHON = '3.13';

/** Whether `version` reads like one: 2.21.0, 2.22.0rc1. */
export function isVersion(version) {
  return /^\d+\.\d+\.\d+[\w.+-]*$/.test(version);
}

/** Whether this TensorFlow version is new enough. */
export function meetsMinimum(version) {
  return compare(version, MINIMUM_TENSORFLOW) >= 0;
}

/**
 * Whether wheels of this TensorFlow exist for this Python. Versions after the default one may support newer Pythons, which only
 * pip can tell.
 */
export function pythonFits(python, tensorflow = DEFAULT_TENSORFLOW) {
  const newest = tensorflow === DEFAULT_TENSORFLOW ? NEWEST_PYTHON : `${Number.MAX_SAFE_INTEGER}.0`;
  return compare(python, OLDEST_PYTHON) >= 0 && compare(python, newest) <= 0;
}

/** Compares the first two numbers of two versions: negative, zero or positive. */
function compare(first, second) {
  const [a, b] = [first, second].map((version) => version.split('.').slice(0, 2).map(Number));
  return a[0] - b[0] || a[1] - b[1];
}
