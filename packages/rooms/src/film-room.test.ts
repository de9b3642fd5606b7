import { KINECT, nyuIntrinsics, pinholeOf } from '@llm-mde/depth-maps';
import { describe, expect, it } from 'vitest';
import { depthCameraPose, filmRoom } from './film-room.js';
import { generateScene } from './generate-scene.js';
import { rayGrid } from './geometry/camera.js';
import { traceGeometry } from './rendering/geometry-buffer.js';

describe('filmRoom', () => {
  it('has streams that drop frames, missing depth, and the room from two cameras', () => {
    const { scene, start, shots } = filmRoom({ sceneType: 'bathroom', frames: 6, width: 64, height: 48 });
    expect([scene, Math.floor(start / 1e7)]).toEqual(['bathroom_0000', 130]);
    const filmed = [...shots];
    const of = (kind: string) => filmed.filter((shot) => shot.kind === kind);
    expect([of('depth').length, of('color').length, of('acceleration').length]).toEqual([6, 5, 6]);
    for (const kind of ['depth', 'color', 'acceleration']) {
      const times = of(kind).map(({ time }) => time);
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    }
    const [depth] = filmed;
    if (depth?.kind !== 'depth') throw new Error('The first shot is not of depth.');
    const readings = depth.data.filter((reading) => reading !== 2047);
    expect(readings.every((reading) => reading > 300 && reading < 1093)).toBe(true);
    expect(readings.length).toBeGreaterThan(0.3 * 64 * 48);
    expect(readings.length).toBeLessThan(64 * 48);
  });

  it('rejects an invalid number of frames', () => {
    expect(() => filmRoom({ sceneType: 'cafe', frames: 0 })).toThrow('frames must be a positive integer, got 0.');
  });
});

describe('depthCameraPose', () => {
  it("stands where NYU's toolbox projects from: its depth, projected, is the color camera's", () => {
    const { tracer, views } = generateScene({ seed: 1, sceneType: 'living_room' });
    const view = views[0]!;
    const color = traceGeometry(tracer, view, rayGrid(640, 480, nyuIntrinsics({ width: 640, height: 480 })));
    const seen = traceGeometry(tracer, depthCameraPose(view), rayGrid(640, 480, pinholeOf(KINECT.depth)));
    // The toolbox's steps, in its own words: R = inv(-R0), T = [t_x; t_z; t_y], pixels from 1.
    const errors: number[] = [];
    for (let row = 40; row < 440; row += 7) {
      for (let column = 40; column < 600; column += 7) {
        const z = seen.depth[row * 640 + column]!;
        const p = [
          ((column + 1 - 313.04475870804731) * z) / 582.62448167737955,
          ((row + 1 - 238.44389626620386) * z) / 582.69103270988637,
          z,
        ] as const;
        const R0 = [
          [9.9997798940829263e-1, 5.0518419386157446e-3, 4.3011152014118693e-3],
          [-5.0359919480810989e-3, 9.9998051861143999e-1, -3.6879781309514218e-3],
          [-4.3196624923060242e-3, 3.6662365748484798e-3, 9.9998394948385538e-1],
        ] as const;
        const T = [2.5031875059141302e-2, -2.9342312935846411e-4, 6.6238747008330102e-4] as const;
        const [X, Y, Z] = [0, 1, 2].map(
          (axis) => -(R0[0][axis]! * p[0] + R0[1][axis]! * p[1] + R0[2][axis]! * p[2]) + T[axis]!,
        ) as [number, number, number];
        const x = Math.round((X * 518.85790117450188) / Z + 325.58244941119034);
        const y = Math.round((Y * 519.46961112127485) / Z + 253.73616633400465);
        if (x < 1 || y < 1 || x > 640 || y > 480) continue;
        errors.push(Math.abs(color.depth[(y - 1) * 640 + x - 1]! - -Z) / z);
      }
    }
    errors.sort((a, b) => a - b);
    expect(errors.length).toBeGreaterThan(3000);
    // Rounding to pixels moves a slanted surface by some thousandths; only occluding edges are farther off.
    expect(errors[errors.length >> 1]).toBeLessThan(0.003);
    expect(errors[Math.floor(errors.length * 0.85)]).toBeLessThan(0.02);
  });
});
