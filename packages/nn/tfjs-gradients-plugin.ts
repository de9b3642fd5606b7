import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Bundles tfjs-core's gradient definitions so that they call the `@tensorflow/tfjs-core` that the program already has.
 *
 * tfjs-core registers its gradients in `dist/register_all_gradients`. The file that Node loads (`tf-core.node.js`) does not contain
 * them, and the ones beside it are ES modules without file extensions, which Node can't import. So they are bundled: every import
 * that the public package also exports under the same name is left to the public package, and only the private helpers (some ten
 * kilobytes) are copied in.
 */
export function tfjsGradients(): Plugin {
  const core = createRequire(import.meta.url)('@tensorflow/tfjs-core') as Record<string, unknown>;
  const isTfjsCore = /tfjs-core[\\/]dist[\\/]/;
  return {
    name: 'tfjs-gradients',
    setup(build) {
      build.onResolve({ filter: /^@tensorflow\/tfjs-core\/dist\/register_all_gradients$/ }, () => {
        const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-core');
        return { path: resolve(dirname(main), 'register_all_gradients.js'), sideEffects: true };
      });
      build.onResolve({ filter: /^\./ }, (argument) => {
        if (!isTfjsCore.test(argument.importer)) return undefined;
        if (argument.path.endsWith('/engine')) return { path: 'engine', namespace: 'tfjs-engine' };
        const names = importedNames(argument.importer, argument.path);
        const isPublic = names.length > 0 && names.every((name) => name in core);
        return isPublic ? { path: '@tensorflow/tfjs-core', external: true } : undefined;
      });
      build.onLoad({ filter: /.*/, namespace: 'tfjs-engine' }, () => ({
        contents: "import { engine } from '@tensorflow/tfjs-core'; export const ENGINE = engine();",
        resolveDir: import.meta.dirname,
      }));
    },
  };
}

/** The names in `import { … } from 'path'` of a file; empty for `import * as …` and for imports that only run the module. */
function importedNames(file: string, path: string): string[] {
  for (const [, names, from] of readFileSync(file, 'utf8').matchAll(/import \{([^}]*)\} from '([^']*)'/g)) {
    if (from === path) return names!.split(',').map((name) => name.trim().split(' as ')[0]!);
  }
  return [];
}
