import { seededRandom } from '../random.js';
import type { Frame, FrameInfo } from '../types.js';

/** A frame of random pixels; every fifth depth is missing. */
export function testFrame(width: number, height: number, seed = 1): Frame {
  const random = seededRandom('test frame', seed);
  const depth = Float32Array.from({ length: width * height }, (_, index) => (index % 5 === 0 ? 0 : 0.5 + 9 * random()));
  return {
    id: 'kitchen_0001/00001',
    scene: 'kitchen_0001',
    sceneType: 'kitchen',
    image: { data: Uint8Array.from({ length: width * height * 3 }, () => random() * 256), width, height, channels: 3 },
    depth,
    valid: Uint8Array.from(depth, (value) => (value > 0 ? 1 : 0)),
  };
}

/** Descriptions of frames: for each scene type, so many scenes with so many frames each. */
export function testFrames(types: Record<string, [scenes: number, frames: number]>): FrameInfo[] {
  return Object.entries(types).flatMap(([sceneType, [scenes, frames]]) =>
    Array.from({ length: scenes * frames }, (_, index): FrameInfo => {
      const scene = `${sceneType}_${String(Math.floor(index / frames)).padStart(4, '0')}`;
      return { id: `${scene}/${String(index % frames).padStart(5, '0')}`, scene, sceneType };
    }),
  );
}
