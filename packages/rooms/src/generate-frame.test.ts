import { createHash } from 'node:crypto';
import { nyuIntrinsics } from '@llm-mde/depth-maps';
import { describe, expect, it } from 'vitest';
import { type Frame, findView, generateFrame } from './generate-frame.js';
import { VIEWS_PER_SCENE } from './generate-scene.js';
import { SCENE_TYPES, type SceneType } from './scene/scene-templates.js';

const digest = ({ image, depth, rawDepth }: Frame) => {
  const sum = createHash('sha256');
  for (const array of [image.data, depth, rawDepth])
    sum.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return sum.digest('hex').slice(0, 16);
};

describe('generateFrame', () => {
  it('gives these very bytes on every machine', () => {
    const digests = SCENE_TYPES.map(
      (sceneType) =>
        `${sceneType} ${digest(generateFrame({ seed: 1, sceneType, frameIndex: 1, width: 48, height: 36 }))}`,
    );
    expect(digests).toMatchSnapshot();
  });

  it('repeats a frame, whatever was rendered in between, and changes with seed, index and type', () => {
    const frame = (options: Partial<Parameters<typeof generateFrame>[0]>) =>
      digest(generateFrame({ sceneType: 'study', width: 24, height: 18, ...options }));
    const first = frame({});
    const others = [{ seed: 1 }, { frameIndex: 1 }, { frameIndex: 3 }, { sceneType: 'office' } as const].map(frame);
    expect(frame({})).toBe(first);
    expect(new Set([first, ...others]).size).toBe(5);
  });

  it.each(SCENE_TYPES)(
    'renders %s: depths like those of a room, none missing, a picture with light and color',
    (sceneType) => {
      for (let index = 0; index < VIEWS_PER_SCENE; index++) {
        const { image, depth, rawDepth, scene, id } = generateFrame({
          seed: 7,
          sceneType,
          frameIndex: index,
          width: 40,
          height: 30,
        });
        const sorted = depth.toSorted();
        expect(sorted[0], `${id}: nearest`).toBeGreaterThan(0.1);
        expect(sorted.at(-1), `${id}: farthest`).toBeLessThan(14);
        const median = sorted[sorted.length >> 1]!;
        expect(median > 0.7 && median < 7, `${id}: median ${median}`).toBe(true);
        // At most a part of the picture may be taken by something right before the camera.
        expect(sorted[Math.floor(sorted.length * 0.4)], id).toBeGreaterThan(0.6);
        expect(scene).toBe(`${sceneType}_${String(Math.floor(index / VIEWS_PER_SCENE)).padStart(4, '0')}`);
        expect(id).toBe(`${scene}_${index % VIEWS_PER_SCENE}`);
        const mean = image.data.reduce((sum, value) => sum + value, 0) / image.data.length;
        expect(mean > 50 && mean < 215, `${id}: mean ${mean}`).toBe(true);
        const spread = image.data.reduce((sum, value) => sum + Math.abs(value - mean), 0) / image.data.length;
        expect(spread, id).toBeGreaterThan(8);
        const missing = rawDepth.filter((metres) => metres === 0).length / rawDepth.length;
        expect(missing, `${id}: missing depth`).toBeLessThan(0.6);
      }
    },
  );

  it('has a depth from which walls and floor come out flat', () => {
    const [width, height] = [80, 60];
    const options = { seed: 2, sceneType: 'living_room', frameIndex: 0 } as const;
    const { depth } = generateFrame({ ...options, width, height });
    const { scene, pose } = findView(options);
    const { fx, fy, cx, cy } = nyuIntrinsics({ width, height });
    let onShell = 0;
    for (const [at, z] of depth.entries()) {
      const [x, y] = [((at % width) - cx) / fx, (Math.floor(at / width) - cy) / fy];
      const [px, py, pz] = [0, 1, 2].map(
        (axis) => pose.position[axis]! + z * (pose.right[axis]! * x + pose.down[axis]! * y + pose.forward[axis]!),
      ) as [number, number, number];
      // No point lies outside of the room, except in the recesses of windows and the passages behind doors.
      expect(py > -0.01 && py < scene.height + 0.01).toBe(true);
      const toShell = [py, scene.height - py, px, scene.width - px, pz, scene.depth - pz].map(Math.abs);
      if (Math.min(...toShell) < 1e-5) onShell++;
    }
    expect(onShell / depth.length).toBeGreaterThan(0.25);
  });

  it('does not depend on the size: the same point has the same depth', () => {
    const options = { seed: 4, sceneType: 'kitchen', frameIndex: 2 } as const;
    const small = generateFrame({ ...options, width: 20, height: 15 }).depth;
    const large = generateFrame({ ...options, width: 60, height: 45 }).depth;
    // With three times as many pixels, every second of three has its center where a small one has.
    for (let row = 0; row < 15; row++) {
      for (let column = 0; column < 20; column++) {
        expect(large[(3 * row + 1) * 60 + 3 * column + 1]).toBeCloseTo(small[row * 20 + column]!, 5);
      }
    }
  });

  it('has raw depths that are near the true ones where no depth is missing', () => {
    const { depth, rawDepth } = generateFrame({ sceneType: 'bedroom', width: 160, height: 120 });
    const errors = [...rawDepth]
      .map((raw, at) => (raw > 0 ? Math.abs(raw - depth[at]!) / depth[at]! ** 2 : -1))
      .filter((error) => error >= 0);
    errors.sort((a, b) => a - b);
    expect(errors.length).toBeGreaterThan(0.5 * depth.length);
    // Half a step of the sensor is z² / 702.6.
    expect(errors[Math.floor(errors.length * 0.8)]).toBeLessThan(2 / 702);
    expect(errors[Math.floor(errors.length * 0.2)]).toBeGreaterThan(0);
    expect(errors.length).toBeLessThan(depth.length);
  });

  it('rejects unknown types and impossible numbers', () => {
    expect(() => generateFrame({ sceneType: 'attic' as SceneType })).toThrow(
      'Unknown scene type "attic": use one of basement,',
    );
    expect(() => generateFrame({ sceneType: 'cafe', frameIndex: -1 })).toThrow('non-negative integers, got -1');
    expect(() => generateFrame({ sceneType: 'cafe', seed: 0.5 })).toThrow('seed must be an integer, got 0.5.');
    expect(() => generateFrame({ sceneType: 'cafe', width: 4 })).toThrow(
      "The frame's width must be an integer from 8 to 4096",
    );
  });
});

describe("generateFrame's variety wide", () => {
  const types = ['kitchen', 'living_room', 'office', 'bookstore', 'foyer'] as const;
  const wide = (sceneType: SceneType, frameIndex: number) =>
    generateFrame({ variety: 'wide', seed: 1, sceneType, frameIndex, width: 64, height: 48 });

  it('gives these very bytes on every machine', () => {
    const digests = types.map((type, index) => `${type} ${digest(wide(type, index))}`);
    expect(digests).toMatchSnapshot();
    expect(digest(wide('foyer', 4))).toBe(digests[4]!.split(' ')[1]);
  });

  it('sees near and far with many cameras, nothing black, empty or right before the lens', () => {
    const frames = types.flatMap((type) => [0, 4, 8, 9, 13, 17].map((index) => wide(type, index)));
    const medians = frames.map(({ depth }) => depth.toSorted()[depth.length >> 1]!).sort((a, b) => a - b);
    expect(medians[1]).toBeLessThan(1);
    expect(medians.at(-2)).toBeGreaterThan(4);
    const cameras = frames.map(({ intrinsics: { fx, fy, cx, cy } }) => {
      expect([fy, cx, cy]).toEqual([fx, 31.5, 23.5]);
      return (2 * Math.atan(32 / fx) * 180) / Math.PI;
    });
    expect(new Set(cameras).size).toBeGreaterThan(8);
    expect(Math.min(...cameras) > 39 && Math.max(...cameras) < 101).toBe(true);
    for (const { id, depth, image } of frames) {
      expect(Math.min(...depth), id).toBeGreaterThan(0.15);
      const mean = image.data.reduce((sum, value) => sum + value, 0) / image.data.length;
      expect(mean > 30 && mean < 225, `${id}: mean ${mean}`).toBe(true);
      const spread = image.data.reduce((sum, value) => sum + Math.abs(value - mean), 0) / image.data.length;
      expect(spread, id).toBeGreaterThan(10);
    }
  });

  it('has intrinsics with which walls and floor come out where the room has them', () => {
    const options = { variety: 'wide', seed: 1, sceneType: 'living_room', frameIndex: 0 } as const;
    const { depth, intrinsics } = generateFrame({ ...options, width: 64, height: 48 });
    const { scene, pose } = findView(options);
    let onShell = 0;
    for (const [at, z] of depth.entries()) {
      const [x, y] = [
        ((at % 64) - intrinsics.cx) / intrinsics.fx,
        (Math.floor(at / 64) - intrinsics.cy) / intrinsics.fy,
      ];
      const [px, py, pz] = [0, 1, 2].map(
        (axis) => pose.position[axis]! + z * (pose.right[axis]! * x + pose.down[axis]! * y + pose.forward[axis]!),
      ) as [number, number, number];
      expect(py > -0.06 && py < scene.height + 0.01).toBe(true);
      const toShell = [py, scene.height - py, px, scene.width - px, pz, scene.depth - pz].map(Math.abs);
      if (Math.min(...toShell) < 1e-5) onShell++;
    }
    expect(onShell).toBeGreaterThan(100);
  });

  it('rejects a variety that there is not', () => {
    expect(() => generateFrame({ sceneType: 'cafe', variety: 'any' as 'wide' })).toThrow(
      'Unknown variety "any": use nyu, wide or mixed.',
    );
  });
});

it("takes each type's rooms from both varieties in turn for the variety mixed", () => {
  const small = { seed: 3, sceneType: 'kitchen', width: 32, height: 24 } as const;
  const frame = (variety: 'nyu' | 'wide' | 'mixed', frameIndex: number) =>
    generateFrame({ ...small, variety, frameIndex });
  expect(frame('mixed', 4)).toEqual(frame('wide', 4));
  for (const index of [1, 6]) {
    const [mixed, nyu] = [frame('mixed', index), frame('nyu', index)];
    expect([mixed.id, mixed.intrinsics.fx === mixed.intrinsics.fy]).toEqual([nyu.id, true]);
    expect(mixed.intrinsics.fx / nyu.intrinsics.fx).toBeCloseTo(1, 2);
    const [seen, before] = [mixed, nyu].map(({ depth }) => depth.toSorted()[depth.length >> 1]!);
    expect(seen! / before!).toBeCloseTo(1, 1);
  }
});
