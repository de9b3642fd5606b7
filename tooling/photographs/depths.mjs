// Reads every frame of a folder of photographs with depth (see photographs.mjs) through the readers of the packages, in the units of its manifest, and prints the median
// depth of each set beside that of frames.mjs, which reads the files without those readers. Only figures leave this command.
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openNyu } from '@llm-mde/nyu';
import { openImageFolder } from '@llm-mde/rgbd';
import { runCommand } from '../workspace/command.mjs';
import { readFrames } from './frames.mjs';

await runCommand({
  name: 'npm run bench -- depths',
  options: { 'folder FOLDER': 'photographs with depth, described by its manifest.jsonl' },
  async run({ folder }) {
    if (!folder) throw new Error('Name the folder of photographs: --folder FOLDER, with a manifest.jsonl in it.');
    const lines = (await readFile(join(folder, 'manifest.jsonl'), 'utf8')).split('\n').filter(Boolean);
    const sets = grouped(lines.map((line) => JSON.parse(line)));
    const problems = [];
    console.log('set                    frames    read   median   by the manifest');
    for (const [set, entries] of sets) {
      const depths = [];
      let read = 0;
      for await (const { frame, entry, error } of framesOf(folder, entries)) {
        if (error) problems.push(`${entry.depth}: ${error.message}`);
        else {
          read++;
          depths.push(medianOf(frame.depth));
        }
      }
      const { frames } = await readFrames(folder, [set]);
      const expected =
        frames.length === 0
          ? '–'
          : `${medianOf(frames.map(({ truth }) => medianOf(truth.data))).toFixed(3)} m of ${frames.length}`;
      const cells = [
        set.padEnd(20),
        String(entries.length).padStart(8),
        String(read).padStart(7),
        `${medianOf(depths).toFixed(3)} m`.padStart(9),
      ];
      console.log(`${cells.join(' ')}   ${expected}`);
    }
    for (const problem of problems) console.error(`Not read: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  },
});

/** Those of one unit and camera are read as one data set. */
async function* framesOf(folder, entries) {
  for (const group of grouped(entries, ({ metresPerUnit, invalid, encoding, intrinsics, depth }) =>
    JSON.stringify([metresPerUnit, invalid, encoding, intrinsics, depth.endsWith('.pgm')]),
  ).values()) {
    if (group[0].depth.endsWith('.pgm')) {
      for (const entry of group) yield { entry, ...(await attempt(() => rawFrame(folder, entry))) };
      continue;
    }
    const { metresPerUnit, invalid, encoding, intrinsics, note = '' } = group[0];
    const { fx, fy, cx, cy } = intrinsics ?? {};
    // Of one frame the manifest says only that it is probably so.
    const isRotated = encoding?.startsWith('sunrgbd') || (metresPerUnit === null && /SUN RGB-D/.test(note));
    const dataset = await openImageFolder(folder, {
      images: group.map(({ image }) => image),
      depths: group.map(({ depth }) => depth),
      pairing: 'order',
      ...(metresPerUnit != null && { metresPerUnit }),
      ...(invalid && { invalid }),
      ...(isRotated && { encoding: 'sun-rgbd' }),
      ...(intrinsics && { intrinsics: { fx, fy, cx, cy } }),
    });
    for (const [at, entry] of group.entries())
      yield { entry, ...(await attempt(() => dataset.read(dataset.frames[at].id))) };
    await dataset.close();
  }
}

async function attempt(read) {
  try {
    return { frame: await read() };
  } catch (error) {
    return { error };
  }
}

/** A frame of NYU's raw dump, by links with the names that it has there. */
async function rawFrame(folder, { image, depth }) {
  const place = await mkdtemp(join(tmpdir(), 'depths-'));
  try {
    await symlink(resolve(folder, image), join(place, 'r-1316653580.471513-1316138413.ppm'));
    await symlink(resolve(folder, depth), join(place, 'd-1316653580.471513-1316138413.pgm'));
    const dataset = await openNyu(place);
    const frame = await dataset.read(dataset.frames[0].id);
    await dataset.close();
    return frame;
  } finally {
    await rm(place, { recursive: true });
  }
}

/** Of what is measured. */
function medianOf(values) {
  const sorted = Float64Array.from(values)
    .filter((value) => value > 0)
    .sort();
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function grouped(items, keyOf = ({ set }) => set) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
