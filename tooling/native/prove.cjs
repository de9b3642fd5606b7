// Loads a binding through tfjs-node and compares what it computes with known values. The last line that it prints is
// { tensorflow, gpu }, or { problem } with exit status 1.
// Usage: node prove.cjs <folder of tfjs-node> <binding>
'use strict';

const assert = require('node:assert/strict');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const util = require('node:util');

// Node 23 removed these two, which tfjs-node 4.22 still calls.
util.isArray ??= Array.isArray;
util.isNullOrUndefined ??= (value) => value === null || value === undefined;

const [packageFolder, binding] = process.argv.slice(2);

prove().then(
  (result) => console.log(JSON.stringify(result)),
  (error) => {
    console.error(error);
    console.log(JSON.stringify({ problem: error.message }));
    process.exitCode = 1;
  },
);

async function prove() {
  const tf = load();
  assert.equal(tf.getBackend(), 'tensorflow');

  const product = tf.matMul(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), tf.tensor2d([1, 0, 2, 1, 0, 3], [3, 2]));
  assert.deepEqual([...product.dataSync()], [5, 11, 14, 23]);

  const image = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
  const filter = tf.tensor4d([1, 0, 0, -1], [2, 2, 1, 1]);
  assert.deepEqual([...tf.conv2d(image, filter, 1, 'valid').dataSync()], [-4, -4, -4, -4]);

  const filterGradient = tf.grad((weights) => tf.conv2d(image, weights, 1, 'valid').sum())(filter);
  assert.deepEqual([...filterGradient.dataSync()], [12, 16, 24, 28]);

  // Strings cross the binding in TensorFlow's own in-memory layout, which changed between its versions.
  const pixels = tf.tensor3d([0, 128, 255, 10, 20, 30], [1, 2, 3], 'int32');
  const png = await tf.node.encodePng(pixels);
  assert.deepEqual([...tf.node.decodePng(png).dataSync()], [...pixels.dataSync()]);

  return { tensorflow: tf.backend().binding.TF_Version, gpu: Boolean(tf.backend().isUsingGpuDevice) };
}

function load() {
  const requireThere = createRequire(join(packageFolder, 'package.json'));
  // tfjs-node asks node-pre-gyp where its binding is; this answers with the one to check, which is not in its place yet. The property
  // `find` of the package itself is a getter that reads this module's.
  requireThere('@mapbox/node-pre-gyp/lib/pre-binding').find = () => binding;
  return requireThere(packageFolder);
}
