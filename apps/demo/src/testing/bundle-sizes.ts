import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const folder = fileURLToPath(new URL('../../dist/page/', import.meta.url));

/** Compressed sizes of the built page in kilobytes: the script and style it starts with, and what the 3D view adds. */
export function bundleSizes(): { first: number; scene: number } {
  const html = readFileSync(`${folder}index.html`, 'utf8');
  const atFirst = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path!);
  const ofScene = readdirSync(`${folder}assets`).filter((name) => /^depth-scene-.*\.js$/.test(name));
  return { first: compressed(atFirst), scene: compressed(ofScene.map((name) => `assets/${name}`)) };
}

function compressed(paths: readonly string[]): number {
  const bytes = paths.reduce((sum, path) => sum + gzipSync(readFileSync(folder + path)).length, 0);
  return Math.round(bytes / 1000);
}
