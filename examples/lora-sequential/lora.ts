// A network learns three spirals. Then they are turned by 60°, and a LoRA adapter learns that, while the network's own weights stay as they are.
import { attachLora, loadAdapter, saveAdapter } from '@llm-mde/lora';
import * as tf from '@tensorflow/tfjs';

const model = tf.sequential({
  layers: [
    tf.layers.dense({ name: 'first', units: 64, activation: 'relu', inputShape: [2] }),
    tf.layers.dense({ name: 'second', units: 64, activation: 'relu' }),
    tf.layers.dense({ name: 'classifier', units: 3, activation: 'softmax' }),
  ],
});
const [seen, turned, turnedTest] = [spirals(1, 0), spirals(2, 60), spirals(3, 60)];
await fit(seen, 40);
console.log(`as it was trained: ${accuracy(seen)}`);
console.log(`turned, before: ${accuracy(turnedTest)}`);

const adapters = attachLora(model, { rank: 4, alpha: 8, targetModules: 'all-linear' });
console.log(adapters.trainableParameters().text);
await fit(turned, 40);
console.log(`turned, after training the adapter: ${accuracy(turnedTest)}`);
await saveAdapter(adapters, 'output/turned');
adapters.detach();
console.log(`without the adapter, as it was: ${accuracy(seen)}`);
await loadAdapter(model, 'output/turned');
console.log(`turned, with the adapter loaded again: ${accuracy(turnedTest)}`);

interface Examples {
  x: tf.Tensor2D;
  y: tf.Tensor2D;
}

async function fit({ x, y }: Examples, epochs: number): Promise<void> {
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' });
  await model.fit(x, y, { epochs, batchSize: 64, verbose: 0 });
}

function accuracy({ x, y }: Examples): string {
  const right = tf.tidy(() => (model.predict(x) as tf.Tensor).argMax(1).equal(y.argMax(1)).mean().dataSync()[0]!);
  return `${(100 * right).toFixed(1)} %`;
}

/** 600 points with the spiral that each is of. */
function spirals(seed: number, degrees: number): Examples {
  const noise = tf.randomNormal([600], 0, 0.15, 'float32', seed).dataSync();
  const points = Array.from({ length: 600 }, (_, index) => {
    const radius = 0.1 + (0.9 * index) / 600;
    const angle = 4 * radius + ((index % 3) * 2 * Math.PI) / 3 + noise[index]! + (degrees * Math.PI) / 180;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  return {
    x: tf.tensor2d(points),
    y: tf.oneHot(
      points.map((_, index) => index % 3),
      3,
    ) as tf.Tensor2D,
  };
}
