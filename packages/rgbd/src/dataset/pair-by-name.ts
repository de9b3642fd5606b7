import { extname, posix, relative, sep } from 'node:path';
import type { Findings } from './findings.js';
import { filesBelow } from './list-files.js';

type Kind = 'image' | 'depth';

/** An image and its depth map, and the path that both have once their endings and the words for their kinds are left out. */
export interface NamedPair {
  id: string;
  image: string;
  depth: string;
}

export const FOLDERS: Record<Kind, string[]> = {
  image: ['images', 'image', 'rgb', 'color', 'lowres_wide'],
  depth: ['depths', 'depth', 'lowres_depth'],
};
const ENDINGS: Record<Kind, string[]> = {
  image: ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff'],
  depth: ['.png', '.exr', '.npy'],
};
/** Words in the names of files, between dots, dashes and underscores. */
const WORDS: Record<Kind, string> = {
  image: 'rgb|colou?rs?|images?|img',
  depth: '(?:(?:sync|raw|gt)[._-])?depths?(?:map)?',
};

/**
 * Pairs the images in one folder with the depth maps in another: files of the same path without its ending, else without the word for its
 * kind as well, `0001_rgb.jpg` and `0001_depth.png`.
 */
export async function pairFolders(images: string, depths: string, findings: Findings): Promise<NamedPair[]> {
  const [all, maps] = [await filesByStem(images, 'image', findings), await filesByStem(depths, 'depth', findings)];
  const withoutWord = new Map([...maps].map(([stem, file]) => [withoutWordOf(stem, 'depth'), file]));
  const used = new Set<string>();
  const pairs: NamedPair[] = [];
  for (const [stem, image] of all) {
    const plain = withoutWordOf(stem, 'image');
    const [id, depth] = maps.has(stem) ? [stem, maps.get(stem)] : [plain, withoutWord.get(plain)];
    if (depth !== undefined) {
      used.add(depth);
      pairs.push({ id, image, depth });
    } else
      findings.report({
        file: image,
        frame: stem,
        problem: `It has no depth map: expected ${stem}${ENDINGS.depth.join(', ')} in ${depths}.`,
      });
  }
  for (const [stem, file] of maps) {
    if (!used.has(file)) findings.report({ file, frame: stem, problem: 'This depth map has no image.' });
  }
  return pairs;
}

/**
 * Pairs images and depth maps wherever they lie below a folder: in folders of their own in each scene, `kitchen/rgb/1.jpg` and `kitchen/depth/1.png`,
 * or side by side, `frame-000000.color.jpg` and `frame-000000.depth.png`. Other files are left aside.
 */
export async function pairBelow(path: string, findings: Findings): Promise<NamedPair[]> {
  const found = { image: new Map<string, string>(), depth: new Map<string, string>() };
  const files = await filesBelow(path, (name) => [...ENDINGS.image, ...ENDINGS.depth].includes(endingOf(name)));
  const others: { stem: string; file: string }[] = [];
  for (const file of files) {
    const stem = stemOf(path, file);
    const kind = (['depth', 'image'] as const).find(
      (one) => ENDINGS[one].includes(endingOf(file)) && plainPath(stem, one) !== stem,
    );
    if (kind) add(found[kind], plainPath(stem, kind), file, findings);
    else others.push({ stem, file });
  }
  // A name without a word belongs to the partner that has one: 1.jpg beside 1_depth.png.
  for (const { stem, file } of others) {
    if (found.depth.has(stem) && !found.image.has(stem) && ENDINGS.image.includes(endingOf(file)))
      found.image.set(stem, file);
  }
  const pairs: NamedPair[] = [];
  for (const [id, image] of found.image) {
    const depth = found.depth.get(id);
    if (depth !== undefined) pairs.push({ id, image, depth });
  }
  if (pairs.length === 0) return [];
  for (const [frame, file] of found.image) {
    if (!found.depth.has(frame)) findings.report({ file, frame, problem: 'It has no depth map.' });
  }
  for (const [frame, file] of found.depth) {
    if (!found.image.has(frame)) findings.report({ file, frame, problem: 'This depth map has no image.' });
  }
  return pairs;
}

async function filesByStem(folder: string, kind: Kind, findings: Findings): Promise<Map<string, string>> {
  const byStem = new Map<string, string>();
  for (const file of await filesBelow(folder, (name) => ENDINGS[kind].includes(endingOf(name))))
    add(byStem, stemOf(folder, file), file, findings);
  return byStem;
}

function add(files: Map<string, string>, stem: string, file: string, findings: Findings): void {
  const first = files.get(stem);
  if (first === undefined) files.set(stem, file);
  else findings.report({ file, frame: stem, problem: `There is also ${first}: keep only one of them.` });
}

function endingOf(file: string): string {
  return extname(file).toLowerCase();
}

function stemOf(folder: string, file: string): string {
  return relative(folder, file).slice(0, -extname(file).length).replaceAll(sep, '/');
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
