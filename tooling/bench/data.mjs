// Goes through a labeled file of full size with packages/nyu and with h5py, in one run, and prints opening time, frames a second and memory.
//
//     npm run bench -- data [--file FILE] [--write FILE] [--frames 1449] [--rendered 84] [--python PATH]
//
// Without --file, packages/rooms writes one first, at 640 by 480: `rendered` different frames, which take turns until the file has `frames` of
// them, because rendering 1449 takes half an hour. --write keeps that file. The Python needs h5py and numpy. Ends with status 1 if packages/nyu
// needs a second of computing to open the file, or 300 MB.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generateFrames, writeLabeled } from '@llm-mde/rooms';
import { runForJson } from '../parity/command.mjs';

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    write: { type: 'string' },
    frames: { type: 'string', default: '1449' },
    rendered: { type: 'string', default: '84' },
    python: { type: 'string', default: 'python3' },
  },
});
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const temporary = values.file || values.write ? undefined : mkdtempSync(join(tmpdir(), 'labeled-speed-'));
const path = values.file ?? values.write ?? join(temporary, 'nyu_depth_v2_labeled.mat');
try {
  if (!values.file) await writeFile(Number(values.frames), Number(values.rendered));
  compare();
} finally {
  if (temporary) rmSync(temporary, { recursive: true });
}

async function writeFile(count, rendered) {
  console.log(`▶ rooms renders ${rendered} frames of 640 by 480`);
  const rooms = [];
  for await (const frame of generateFrames({ count: rendered, seed: 1 })) rooms.push(frame);
  console.log(`▶ rooms writes a labeled file of ${count} frames: ${rendered} different ones in turn`);
  await writeLabeled(
    path,
    Array.from({ length: count }, (_, place) => rooms[place % rendered]),
  );
}

function compare() {
  const [load] = loadavg();
  console.log(
    `${(statSync(path).size / 1e9).toFixed(2)} GB; ${cpus()[0].model}, ${availableParallelism()} cores, load ${load.toFixed(1)}; Node ${process.version}`,
  );
  const nyu = (workers) => ['nyu', process.execPath, [here('data-nyu.mjs'), path, String(workers)]];
  const h5py = ['h5py', values.python, [here('data-h5py.py'), path]];
  // First and last the same, to see what the disk cache and other programs make of it.
  const runs = [h5py, nyu(0), nyu(1), nyu(2), h5py];
  const rows = runs.map(([reader, command, parameters]) => ({ reader, ...runForJson(command, parameters) }));
  console.table(rows);
  const ours = rows.filter(({ reader }) => reader === 'nyu');
  if (ours.some((row) => row['of them computing'] >= 1000 || row['most memory, MB'] >= 300)) process.exitCode = 1;
}
