import { posix } from 'node:path';
import { FOLDERS, hasEnding, type KeyedFile, type Kind, stemOf } from './find-files.js';
import type { FileTree } from './list-files.js';

/** An image and its depth map, relative to the data set's folder. */
export interface Pair {
  id: string;
  image: string;
  depth: string;
}

/** Pairs, and what belongs to none. */
export interface Pairs {
  pairs: Pair[];
  /** What is wrong, by file: no partner, or two. */
  problems: { path: string; frame: string; problem: string }[];
}

/** Words in the names of files, between dots, dashes and underscores. */
const WORDS: Record<Kind, string> = {
  image: 'rgb|colou?rs?|images?|img',
  depth: '(?:(?:sync|raw|gt|arkit)[._-])?depths?(?:map)?',
};

/** Pairs files of the same key, else of the same key but for the word for their kind, `0001_rgb` and `0001_depth`, else but for the folders around. */
export function pairByKey(images: readonly KeyedFile[], depths: readonly KeyedFile[], missing: string): Pairs {
  const result: Pairs = { pairs: [], problems: [] };
  const [all, maps] = [byKey(images, result), byKey(depths, result)];
  const withoutWord = new Map([...maps].map(([key, path]) => [withoutWordOf(key, 'depth'), path]));
  const [inside, innerMaps] = [innerKeys(images), innerKeys(depths)];
  const partnerOf = (key: string, image: string): [id: string, depth: string | undefined] => {
    if (maps.has(key)) return [key, maps.get(key)];
    const plain = withoutWordOf(key, 'image');
    if (withoutWord.has(plain)) return [plain, withoutWord.get(plain)];
    const inner = inside.keys.get(image);
    const isAlone = inner !== undefined && inside.files.get(inner)?.length === 1;
    const found = isAlone ? innerMaps.files.get(inner) : undefined;
    return found?.length === 1 ? [inner!, found[0]] : [key, undefined];
  };
  const used = new Set<string>();
  for (const [key, image] of all) {
    const [id, depth] = partnerOf(key, image);
    if (depth === undefined) {
      const problem = `It has no depth map: expected ${key === '' ? 'one' : key}${missing}.`;
      result.problems.push({ path: image, frame: key, problem });
    } else {
      used.add(depth);
      result.pairs.push({ id: id === '' ? stemOf(image) : id, image, depth });
    }
  }
  for (const [frame, path] of maps) {
    if (!used.has(path)) result.problems.push({ path, frame, problem: 'This depth map has no image.' });
  }
  return result;
}

/**
 * Pairs images and depth maps wherever they lie: in folders of their own in each scene, `kitchen/rgb/1.jpg` and `kitchen/depth/1.png`, or side by side,
 * `frame-000000.color.jpg` and `frame-000000.depth.png`. Other files are left aside.
 */
export function pairByWords({ paths }: FileTree): Pairs {
  const found: Record<Kind, KeyedFile[]> = { image: [], depth: [] };
  const others: string[] = [];
  for (const path of paths) {
    const kind = (['depth', 'image'] as const).find(
      (one) => hasEnding(path, one) && plainPath(stemOf(path), one) !== stemOf(path),
    );
    if (kind) found[kind].push({ path, key: plainPath(stemOf(path), kind) });
    else others.push(path);
  }
  const result: Pairs = { pairs: [], problems: [] };
  const [images, depths] = [byKey(found.image, result), byKey(found.depth, result)];
  // A name without a word belongs to the partner that has one: 1.jpg beside 1_depth.png.
  for (const path of others) {
    const key = stemOf(path);
    if (depths.has(key) && !images.has(key) && hasEnding(path, 'image') && !path.endsWith('.npy'))
      images.set(key, path);
  }
  for (const [id, image] of images) {
    const depth = depths.get(id);
    if (depth === undefined) result.problems.push({ path: image, frame: id, problem: 'It has no depth map.' });
    else result.pairs.push({ id, image, depth });
  }
  for (const [frame, path] of depths) {
    if (!images.has(frame)) result.problems.push({ path, frame, problem: 'This depth map has no image.' });
  }
  return result.pairs.length === 0 ? { pairs: [], problems: [] } : result;
}

/** Files by their inner keys, and the other way round. */
function innerKeys(files: readonly KeyedFile[]): { files: Map<string, string[]>; keys: Map<string, string> } {
  const [found, keys] = [new Map<string, string[]>(), new Map<string, string>()];
  for (const { path, inner } of files) {
    if (inner === undefined) continue;
    keys.set(path, inner);
    found.set(inner, [...(found.get(inner) ?? []), path]);
  }
  return { files: found, keys };
}

function byKey(files: readonly KeyedFile[], { problems }: Pairs): Map<string, string> {
  const paths = new Map<string, string>();
  for (const { path, key } of files) {
    const first = paths.get(key);
    if (first === undefined) paths.set(key, path);
    else problems.push({ path, frame: key, problem: `There is also ${first}: keep only one of them.` });
  }
  return paths;
}

/** A path without the innermost folder of this kind; if there is none, without the word for it. */
function plainPath(stem: string, kind: Kind): string {
  const parts = stem.split('/');
  const at = parts.slice(0, -1).findLastIndex((part) => FOLDERS[kind].includes(part.toLowerCase()));
  return at < 0 ? withoutWordOf(stem, kind) : withoutWordOf(parts.toSpliced(at, 1).join('/'), kind);
}

function withoutWordOf(stem: string, kind: Kind): string {
  const { dir, base } = posix.parse(stem);
  const name = base.replace(new RegExp(`(?:^|[._-])(?:${WORDS[kind]})(?=$|[._-])`, 'i'), '').replace(/^[._-]+/, '');
  // A folder for each frame: 0001/rgb.jpg and 0001/depth.png.
  return name === '' ? dir || 'frame' : posix.join(dir, name);
}
