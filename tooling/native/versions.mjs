/** The TensorFlow that is installed and built against. */
export const TENSORFLOW = '2.21.0';

/** Oldest and newest Python that it has wheels for. */
export const OLDEST_PYTHON = '3.10';
export const NEWEST_PYTHON = '3.13';

/** Whether this TensorFlow has wheels for this version of Python. */
export function pythonFits(python) {
  const [minor, oldest, newest] = [python, OLDEST_PYTHON, NEWEST_PYTHON].map((version) =>
    Number(version.split('.')[1]),
  );
  return python.startsWith('3.') && minor >= oldest && minor <= newest;
}
