import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelFolder } from '@llm-mde/models';
import { ModelRegistry } from './server/models.js';

const PAGE = fileURLToPath(new URL('../dist/page', import.meta.url));

/**
 * The page without its server, for any host of static files, such as the documentation site: the built page, the model `tiny`, and what a server would
 * say of it.
 *
 * @param folder What lies there under the names of these files is replaced.
 */
export async function writeStaticDemo(folder: string): Promise<void> {
  const registry = await ModelRegistry.open((await modelFolder('tiny'))!);
  await cp(PAGE, folder, { recursive: true });
  const models = registry.list();
  for (const { id, files } of models) {
    for (const { path } of files) {
      const place = join(folder, 'models', id, path);
      await mkdir(dirname(place), { recursive: true });
      await cp(registry.placeOf(id, path), place);
    }
  }
  await mkdir(join(folder, 'api'), { recursive: true });
  // Without a device, the page knows that there is no server.
  await writeFile(join(folder, 'api/models'), JSON.stringify({ models, others: [], device: null }));
  await registry.dispose();
}
