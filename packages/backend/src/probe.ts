// The program that probe-in-child.ts runs: `node probe.js cuda` or `node probe.js webgpu`.
import { loadCudaHere } from './devices/tensorflow-node.js';
import { loadWebgpuHere } from './devices/webgpu-node.js';
import { activate, reasonOf } from './open-device.js';

try {
  await activate(process.argv[2] === 'cuda' ? await loadCudaHere() : await loadWebgpuHere(false));
} catch (error) {
  console.log(`reason: ${reasonOf(error)}`);
  process.exitCode = 1;
}
