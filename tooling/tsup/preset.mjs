/**
 * The one build of every package: ES modules. Their types are written by `tsup --dts-only`, a task of its own, which running needs not. The modules
 * are not minified, so they can be read without source maps, which would make a package three times as large.
 *
 * CommonJS callers load the same files: every supported Node (≥ 20.19) can `require` an ES module, and a second copy in CommonJS
 * would split the state that must be one per process (the open device, `instanceof Module`).
 */
export function packageBuild(options = {}) {
  return {
    entry: ['src/index.ts'],
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    clean: true,
    treeshake: true,
    // With their prefix, bundlers for browsers know Node's own modules, which are only imported where they are needed.
    removeNodeProtocol: false,
    ...options,
    plugins: [{ name: 'node-modules-at-run-time', renderChunk: leaveToNode }],
    external: [/^node:/, ...(options.external ?? [])],
  };
}

/** webpack knows no `node:` in pages, and would stop at it: it is told to leave such an import, which only Node comes to, as it is. */
function leaveToNode(code) {
  return { code: code.replace(/\bimport\((["']node:)/g, 'import(/* webpackIgnore: true */ $1') };
}
