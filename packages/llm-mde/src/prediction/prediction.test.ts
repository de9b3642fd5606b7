import { decodeDepthPng, decodeNpy, intrinsicsFromFocalLength } from '@llm-mde/depth-maps';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import { expect, it } from 'vitest';
import { Prediction } from './prediction.js';

const image = { data: Uint8Array.from({ length: 18 }, (_, at) => at), width: 3, height: 2, channels: 3 as const };
const depth = Float32Array.of(1, 2, 3, 1.5, 2.5, 3.5);
const predicted = { depth, prompt: '', class: null };
const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);

it('has its range, and files of its depth', async () => {
  const prediction = new Prediction(image, { ...predicted, camera: null });
  expect(prediction).toMatchObject({ width: 3, height: 2, minimum: 1, maximum: 3.5 });
  expect(decodeDepthPng(await prediction.toPng16())).toEqual({ width: 3, height: 2, data: depth });
  expect(decodeNpy(await prediction.toNpy())).toMatchObject({ shape: [2, 3], data: depth });
  const near = await decodeImage(await prediction.toColorMap({ maxDepth: 1 }));
  const far = await decodeImage(await prediction.toColorMap());
  expect(near).toMatchObject({ width: 3, height: 2, channels: 3 });
  expect([...near.data]).not.toEqual([...far.data]);
  expect(text(await prediction.toMesh()).slice(0, 4)).toBe('glTF');
});

it('puts points where the camera is that its metres rest on, in the colors of the image', async () => {
  const camera = { focalLength: 4, assumed: false };
  const prediction = new Prediction(image, { ...predicted, camera });
  const cloud = await prediction.toPointCloud();
  expect(text(cloud)).toContain('element vertex 6');
  expect(cloud).toEqual(await prediction.toPointCloud({ intrinsics: intrinsicsFromFocalLength(4, image) }));
  const unknown = new Prediction(image, { ...predicted, camera: null });
  expect(await unknown.toPointCloud()).not.toEqual(cloud);
  const stated = new Prediction({ ...image, focalLength: 4 }, { ...predicted, camera: null });
  expect(await stated.toPointCloud()).toEqual(cloud);
  expect(text(await prediction.toPointCloud({ maximumPoints: 2 }))).toContain('element vertex 2');
  await expect(prediction.toPointCloud({ fov: 200 })).rejects.toThrow('between 0 and 180 degrees');
});
