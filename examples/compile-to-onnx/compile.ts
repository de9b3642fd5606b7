// A convolutional network of TensorFlow.js as one ONNX file, run by ONNX Runtime beside TensorFlow.js.
import { mkdir, writeFile } from 'node:fs/promises';
import { toOnnx, trace } from '@llm-mde/compile';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';

const { conv2d, maxPooling2d, batchNormalization, flatten, dense } = tf.layers;
const model = tf.sequential({
  layers: [
    conv2d({ inputShape: [64, 64, 3], filters: 16, kernelSize: 3, activation: 'relu' }),
    maxPooling2d({ poolSize: 2 }),
    conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    batchNormalization(),
    maxPooling2d({ poolSize: 2 }),
    flatten(),
    dense({ units: 10, activation: 'softmax' }),
  ],
});

// Names of inputs and outputs; the first axis, the batch, stays open.
const graph = trace(
  ({ images }: { images: tf.Tensor4D }) => ({ probabilities: model.apply(images) as tf.Tensor }),
  { images: { shape: [1, 64, 64, 3] } },
  { dynamicBatch: true },
);
console.log(`traced: ${graph.nodes.length} operators, ${graph.variables.length} weights`);
await mkdir('output', { recursive: true });
const { model: bytes } = await toOnnx(graph);
await writeFile('output/model.onnx', bytes);
console.log(`output/model.onnx: ${(bytes.length / 1024).toFixed(0)} KB`);

const session = await ort.InferenceSession.create('output/model.onnx');
const images = tf.randomUniform<tf.Rank.R4>([8, 64, 64, 3], 0, 1, 'float32', 1);
const feeds = { images: new ort.Tensor('float32', await images.data<'float32'>(), images.shape) };
const expected = await (model.predict(images) as tf.Tensor).data();
const found = (await session.run(feeds)).probabilities!.data as Float32Array;
const difference = Math.max(...found.map((value, index) => Math.abs(value - expected[index]!)));
console.log(`largest difference of ${found.length} probabilities: ${difference.toExponential(1)}`);

const tfjs = await milliseconds(async () => void (await (model.predict(images) as tf.Tensor).data()));
const onnx = await milliseconds(async () => void (await session.run(feeds)));
console.log(`8 images: ${tfjs.toFixed(1)} ms in TensorFlow.js (JavaScript), ${onnx.toFixed(1)} ms in ONNX Runtime`);

/** The shortest of ten runs. */
async function milliseconds(run: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < 10; count++) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  return Math.min(...times);
}
