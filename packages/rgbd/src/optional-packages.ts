type Sharp = typeof import('sharp')['default'];
type Hdf5 = typeof import('h5wasm/node');

/**
 * The package sharp, which reads and writes image files. Loaded when it is needed: the labeled file, the raw dump and HDF5 frames do without.
 *
 * @throws Error, and no DatasetError, which could be passed over, if it is not installed.
 */
export async function loadSharp(): Promise<Sharp> {
  return (await load('sharp', 'Image files need', () => import('sharp'))).default;
}

/**
 * The package h5wasm, which reads HDF5 files, in its build for files on disk or the one for files in memory. Each is several megabytes, and few
 * data sets need both.
 *
 * @throws Error, and no DatasetError, if it is not installed.
 */
export async function loadH5wasm(build: 'h5wasm' | 'h5wasm/node'): Promise<Hdf5> {
  return load('h5wasm', 'HDF5 files need', () => (build === 'h5wasm' ? import('h5wasm') : import('h5wasm/node')));
}

async function load<T>(name: string, use: string, library: () => Promise<T>): Promise<T> {
  try {
    return await library();
  } catch (error) {
    throw new Error(
      `${use} the package ${name}, which did not load; \`npm install ${name}\` installs it. ${(error as Error).message.split('\n')[0]}`,
      { cause: error },
    );
  }
}
