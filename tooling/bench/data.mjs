// Goes through a labeled file of full size with packages/nyu and with h5py, in one run, and prints opening time, frames a second and memory.
//
// Without --file, packages/rooms writes one first, at 640 by 480: `rendered` different frames, which take turns until the file has `frames` of
// them, because rendering 1449 takes half an hour. Ends with status 1 if packages/nyu needs a second of computing to open the file, or 300 MB.
import { statSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeLabeled } from '@llm-mde/nyu';
import { generateFrames } from '@llm-mde/rooms';
import { inTemporaryFolder, run, runCommand } from '../workspace/command.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

await runCommand({
  name: 'npm run bench -- data',
  options: {
    'file FILE': 'a labeled file (default: one is written)',
    'frames N': 'frames of the file that is written (default: 1449)',
    'rendered N': 'how many of them differ (default: 84)',
    'python PATH': 'a Python that has h5py and numpy (default: python3)',
  },
  async run({ file, frames = 1449, rendered = 84, python = 'python3' }) {
    if (file) return compare(file, python);
    return inTemporaryFolder(async (folder) => {
      const path = join(folder, 'nyu_depth_v2_labeled.mat');
      await writeFile(path, Number(frames), Number(rendered));
      compare(path, python);
    });
  },
});

async function writeFile(path, count, rendered) {
  console.log(`▶ rooms renders ${rendered} frames of 640 by 480`);
  const rooms = [];
  for await (const frame of generateFrames({ count: rendered, seed: 1 })) rooms.push(frame);
  console.log(`▶ rooms writes a labeled file of ${count} frames: ${rendered} different ones in turn`);
  await writeLabeled(
    path,
    Array.from({ length: count }, (_, place) => rooms[place % rendered]),
  );
}

function compare(path, python) {
  const [load] = loadavg();
  console.log(
    `${(statSync(path).size / 1e9).toFixed(2)} GB; ${cpus()[0].model}, ${availableParallelism()} cores, load ${load.toFixed(1)}; Node ${process.version}`,
  );
  const nyu = (workers) => ['nyu', process.execPath, [here('data-nyu.mjs'), path, String(workers)]];
  const h5py = ['h5py', python, [here('data-h5py.py'), path]];
  // First and last the same, to see what the disk cache and other programs make of it.
  const runs = [h5py, nyu(0), nyu(1), nyu(2), h5py];
  const rows = runs.map(([reader, command, parameters]) => ({
    reader,
    ...JSON.parse(run(command, parameters, { stdio: ['ignore', 'pipe', 'inherit'] })),
  }));
  console.table(rows);
  const ours = rows.filter(({ reader }) => reader === 'nyu');
  if (ours.some((row) => row['of them computing'] >= 1000 || row['most memory, MB'] >= 300)) process.exitCode = 1;
}
