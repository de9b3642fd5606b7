// Checks that Python reads what packages/rooms writes: writes frames in each of NYU's formats to a temporary folder, beside their arrays as
// plain bytes, and lets rooms-interchange.py compare. Of the raw dumps also what packages/nyu makes of them is compared, with NumPy.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openNyu, writeBtsLists, writeFastDepth, writeLabeled, writeRawDump, writeSplits } from '@llm-mde/nyu';
import { filmRoom, generateFrame, listFrames, splitByScene } from '@llm-mde/rooms';
import { inTemporaryFolder, runCommand } from '../workspace/command.mjs';
import { runScript } from './python.mjs';

await runCommand({
  name: 'npm run parity -- rooms',
  options: { 'python PATH': 'a Python that has h5py, numpy, scipy and pillow (default: python3)' },
  run: ({ python = 'python3' }) => inTemporaryFolder((folder) => interchange(folder, python)),
});

async function interchange(folder, python) {
  // More frames than one node of an HDF5 tree holds, and more than one size; not square, so that a swapped axis shows.
  const frames = listFrames(75).map((frame) => generateFrame({ ...frame, seed: 5, width: 32, height: 24 }));
  mkdirSync(join(folder, 'expected'), { recursive: true });
  for (const [place, { image, depth, rawDepth }] of frames.entries()) {
    writeFileSync(join(folder, 'expected', `${place}.rgb`), image.data);
    writeFileSync(join(folder, 'expected', `${place}.depth`), depth);
    writeFileSync(join(folder, 'expected', `${place}.raw`), rawDepth);
  }
  const scenes = await writeLabeled(join(folder, 'nyu_depth_v2_labeled.mat'), frames);
  await writeLabeled(join(folder, 'uncompressed.mat'), frames.slice(0, 3), { compression: 0 });
  const splits = splitByScene(scenes);
  await writeSplits(join(folder, 'splits.mat'), splits);
  await writeBtsLists(join(folder, 'sync'), frames.slice(0, 12), { split: 'train' });
  await writeBtsLists(join(folder, 'sync'), frames.slice(12, 20), { split: 'test' });
  await writeFastDepth(join(folder, 'shards'), frames.slice(0, 10), { split: 'train', framesPerShard: 4 });
  await writeFastDepth(join(folder, 'shards'), frames.slice(0, 2), { split: 'val', tar: false });
  await writeRawDump(join(folder, 'raw'), filmRoom({ seed: 5, sceneType: 'living_room', frames: 3, sensor: 'ideal' }));
  // Enough frames for the color camera to drop one, so that two depth maps share an image.
  await writeRawDump(join(folder, 'raw-noisy'), filmRoom({ seed: 5, sceneType: 'kitchen', frames: 7 }));
  for (const dump of ['raw', 'raw-noisy'])
    await writeProjections(join(folder, dump), join(folder, `${dump}-projected`));
  writeFileSync(
    join(folder, 'expected.json'),
    JSON.stringify({
      width: 32,
      height: 24,
      splits,
      frames: frames.map(({ id, scene, sceneType }) => ({ id, scene, sceneType })),
    }),
  );
  runScript(python, 'rooms-interchange.py', folder);
}

async function writeProjections(dump, target) {
  const dataset = await openNyu(dump, { format: 'raw-dump' });
  mkdirSync(target);
  for (const { id } of dataset.frames) {
    const { image, depth } = await dataset.read(id);
    const name = join(target, id.replace('/', ' '));
    writeFileSync(`${name}.rgb`, image.data);
    writeFileSync(`${name}.depth`, depth);
  }
  await dataset.close();
}
