import { describe, expect, it } from 'vitest';
import { generateScene, VIEWS_PER_SCENE } from './generate-scene.js';
import { halfExtents } from './geometry/shapes.js';
import { SCENE_TYPES } from './scene/scene-templates.js';

describe('SCENE_TYPES', () => {
  it('has 28 different types, as NYU names them', () => {
    expect(SCENE_TYPES).toHaveLength(28);
    expect(new Set(SCENE_TYPES).size).toBe(28);
    for (const type of SCENE_TYPES) expect(type).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });
});

describe.each(SCENE_TYPES)('generateScene: %s', (sceneType) => {
  const scenes = Array.from({ length: 3 }, (_, sceneIndex) => generateScene({ seed: 11, sceneType, sceneIndex }));

  it('furnishes the room without putting one thing into another', () => {
    for (const { furniture, name, width, depth } of scenes) {
      expect(furniture.length, name).toBeGreaterThan(0);
      for (const [index, one] of furniture.entries()) {
        expect(one.left > -0.01 && one.back > -0.01 && one.right < width + 0.01 && one.front < depth + 0.01, name).toBe(
          true,
        );
        for (const other of furniture.slice(index + 1)) {
          const apart =
            one.right <= other.left || other.right <= one.left || one.front <= other.back || other.front <= one.back;
          expect(apart, name).toBe(true);
        }
      }
    }
  });

  it('puts cameras into the air, at human height, in different poses', () => {
    for (const { views, tracer, name, width, depth, height } of scenes) {
      expect(views).toHaveLength(VIEWS_PER_SCENE);
      expect(new Set(views.map(({ position }) => position.join())).size).toBe(VIEWS_PER_SCENE);
      for (const { position } of views) {
        const [x, y, z] = position;
        expect(y > 1.1 && y < Math.min(2, height), name).toBe(true);
        expect(x > 0 && x < width && z > 0 && z < depth, name).toBe(true);
        for (const { geometry, placement } of tracer.primitives) {
          const [hx, hy, hz] = halfExtents(geometry);
          const r = placement.rotation;
          const [px, py, pz] = [x - placement.x, y - placement.y, z - placement.z];
          const inside =
            Math.abs(r[0] * px + r[3] * py + r[6] * pz) < hx &&
            Math.abs(r[1] * px + r[4] * py + r[7] * pz) < hy &&
            Math.abs(r[2] * px + r[5] * py + r[8] * pz) < hz;
          expect(inside, `${name}: the camera is inside a ${geometry.kind}`).toBe(false);
        }
      }
    }
  });

  it('has rooms of different sizes, with light', () => {
    expect(new Set(scenes.map(({ width }) => width)).size).toBe(3);
    for (const { lights, name } of scenes) expect(lights.length, name).toBeGreaterThan(0);
  });

  it('is the same again', () => {
    const again = generateScene({ seed: 11, sceneType, sceneIndex: 2 });
    expect(
      JSON.stringify([again.primitives.map(({ geometry, placement }) => [geometry, placement]), again.views]),
    ).toBe(
      JSON.stringify([scenes[2]!.primitives.map(({ geometry, placement }) => [geometry, placement]), scenes[2]!.views]),
    );
  });
});
