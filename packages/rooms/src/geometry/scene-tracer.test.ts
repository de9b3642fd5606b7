import { describe, expect, it } from 'vitest';
import { rgb } from '../materials/color.js';
import type { Material } from '../materials/material.js';
import { plain } from '../materials/textures.js';
import { Random } from '../random.js';
import { Hit } from './hit.js';
import { SceneTracer } from './scene-tracer.js';
import type { Geometry, Placement, Primitive } from './shapes.js';

const material: Material = { texture: plain(rgb(200, 200, 200)) };
const upright: Placement['rotation'] = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const at = (geometry: Geometry, x = 0, y = 0, z = 0, rotation = upright): Primitive => ({
  geometry,
  placement: { x, y, z, rotation },
  material,
});
const distanceTo = (primitive: Primitive, origin: [number, number, number], direction: [number, number, number]) => {
  const tracer = new SceneTracer([primitive]);
  return tracer.nearest(...origin, ...direction, 1e-9, 1e9) < 0 ? null : tracer.distance;
};

describe('SceneTracer', () => {
  it('meets every kind of shape where geometry says', () => {
    const box: Geometry = { kind: 'box', halfX: 1, halfY: 2, halfZ: 3 };
    expect(distanceTo(at(box), [0, 0, -10], [0, 0, 1])).toBe(7);
    expect(distanceTo(at(box), [0, 0, -10], [0, 0, 2])).toBe(3.5);
    expect(distanceTo(at(box), [0, 0, 0], [0, 1, 0])).toBe(2);
    expect(distanceTo(at(box), [1.5, 0, -10], [0, 0, 1])).toBeNull();

    const sphere: Geometry = { kind: 'ellipsoid', radiusX: 2, radiusY: 2, radiusZ: 2 };
    expect(distanceTo(at(sphere), [1, 0, -10], [0, 0, 1])).toBeCloseTo(10 - Math.sqrt(3), 12);

    const cylinder: Geometry = { kind: 'frustum', bottomRadius: 1, topRadius: 1, halfHeight: 2 };
    expect(distanceTo(at(cylinder), [0.5, 0, -5], [0, 0, 1])).toBeCloseTo(5 - Math.sqrt(0.75), 12);
    expect(distanceTo(at(cylinder), [0.5, 9, 0], [0, -1, 0])).toBeCloseTo(7, 12);
    expect(distanceTo(at(cylinder), [0.5, 3, -5], [0, 0, 1])).toBeNull();

    const cone: Geometry = { kind: 'frustum', bottomRadius: 2, topRadius: 1, halfHeight: 1 };
    expect(distanceTo(at(cone), [0, 0.5, -5], [0, 0, 1])).toBeCloseTo(5 - 1.25, 12);
    expect(distanceTo(at(cone), [1.5, 5, 0], [0, -1, 0])).toBeCloseTo(5, 12);

    const rounded: Geometry = { kind: 'box', halfX: 1, halfY: 1, halfZ: 1, radius: 0.5 };
    expect(distanceTo(at(rounded), [0, 0, -5], [0, 0, 1])).toBeCloseTo(4, 6);
    // Along the diagonal it meets the ball in the corner.
    const diagonal = 1 / Math.sqrt(3);
    expect(distanceTo(at(rounded), [5, 5, 5], [-diagonal, -diagonal, -diagonal])).toBeCloseTo(
      4.5 * Math.sqrt(3) - 0.5,
      5,
    );

    const panel: Geometry = { kind: 'panel', halfX: 1, halfY: 1, holes: [{ left: 0, right: 1, bottom: 0, top: 1 }] };
    expect(distanceTo(at(panel), [-0.5, 0.5, 4], [0, 0, -1])).toBe(4);
    expect(distanceTo(at(panel), [0.5, 0.5, 4], [0, 0, -1])).toBeNull();
    expect(distanceTo(at(panel), [1.5, 0, 4], [0, 0, -1])).toBeNull();
  });

  it('turns shapes', () => {
    const box: Geometry = { kind: 'box', halfX: 1, halfY: 2, halfZ: 3 };
    // A quarter turn about y: x and z change places.
    const turned = at(box, 5, 0, 0, [0, 0, 1, 0, 1, 0, -1, 0, 0]);
    expect(distanceTo(turned, [-5, 0, 0], [1, 0, 0])).toBe(7);
    expect(distanceTo(turned, [5, 0, -5], [0, 0, 1])).toBe(4);
  });

  it('finds among many what a search through all finds', () => {
    const random = new Random(5);
    const primitives = Array.from({ length: 200 }, () => {
      const size = () => random.between(0.05, 0.4);
      const geometry: Geometry = random.pick([
        { kind: 'box', halfX: size(), halfY: size(), halfZ: size() },
        { kind: 'ellipsoid', radiusX: size(), radiusY: size(), radiusZ: size() },
        { kind: 'frustum', bottomRadius: size(), topRadius: size(), halfHeight: size() },
        { kind: 'panel', halfX: size(), halfY: size() },
      ] as const);
      const angle = random.between(0, 6);
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      return at(geometry, random.between(-3, 3), random.between(-3, 3), random.between(-3, 3), [
        c,
        0,
        s,
        0,
        1,
        0,
        -s,
        0,
        c,
      ]);
    });
    const all = new SceneTracer(primitives);
    const single = primitives.map((primitive) => new SceneTracer([primitive]));
    let hits = 0;
    for (let round = 0; round < 400; round++) {
      const ray = Array.from({ length: 6 }, () => random.between(-1, 1)) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      let nearest = Number.POSITIVE_INFINITY;
      for (const tracer of single)
        if (tracer.nearest(...ray, 0.001, 100) >= 0) nearest = Math.min(nearest, tracer.distance);
      const found = all.nearest(...ray, 0.001, 100);
      expect(found >= 0).toBe(nearest < 100);
      expect(all.isBlocked(...ray, 0.001, 100)).toBe(nearest < 100);
      if (found < 0) continue;
      hits++;
      expect(all.distance).toBe(nearest);
    }
    expect(hits).toBeGreaterThan(100);
  });

  it('gives outward normals of length 1 that face the viewer', () => {
    const tracer = new SceneTracer([at({ kind: 'ellipsoid', radiusX: 1, radiusY: 2, radiusZ: 1 })]);
    tracer.nearest(0.3, 0.4, -5, 0, 0, 1, 0, 100);
    const hit = new Hit();
    tracer.surfaceAt(0, 0.3, 0.4, -5, 0, 0, 1, tracer.distance, hit);
    const { nx, ny, nz } = hit;
    expect(nx ** 2 + ny ** 2 + nz ** 2).toBeCloseTo(1, 12);
    expect(nz).toBeLessThan(0);
    expect(nx / ny).toBeCloseTo(0.3 / (0.4 / 4), 9);
  });

  it('lets light through what shines', () => {
    const lamp: Primitive = {
      ...at({ kind: 'box', halfX: 1, halfY: 1, halfZ: 1 }),
      material: { ...material, emission: 2 },
    };
    const tracer = new SceneTracer([lamp]);
    expect(tracer.nearest(0, 0, -5, 0, 0, 1, 0, 100)).toBe(0);
    expect(tracer.isBlocked(0, 0, -5, 0, 0, 1, 0, 100)).toBe(false);
  });
});
