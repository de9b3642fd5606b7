import { disparityToDepth } from '@llm-mde/depth-maps';
import { describe, expect, it } from 'vitest';
import { projectDepth } from './project.js';
import { parseRawName, synchronize } from './synchronize.js';
import { undistortDepth, undistortionMap } from './undistort.js';

describe('undistortDepth', () => {
  it('leaves an image of a camera without distortion as it is, but for its last column and row', () => {
    const map = undistortionMap({ focalLength: [4, 4], center: [1, 1], distortion: [0, 0, 0, 0, 0] }, 4, 3);
    const data = Uint16Array.of(700, 701, 702, 703, 704, 705, 706, 707, 708, 709, 710, 711);
    const none = 2047;
    expect([...undistortDepth(data, map, { noise: 2047, nearest: 600 })]).toEqual([
      700,
      701,
      702,
      none,
      704,
      705,
      706,
      none,
      none,
      none,
      none,
      none,
    ]);
  });

  it('does not mix noise into measurements, and drops what is nearer than the sensor sees', () => {
    const map = {
      upperLeft: Int32Array.of(0, 1, 2),
      right: Float64Array.of(0.5, 0.5, 0),
      below: new Float64Array(3),
      width: 4,
    };
    const undistorted = (row: number[]) => [
      ...undistortDepth(Uint16Array.of(...row, 2047, 2047, 2047, 2047, 2047), map, { noise: 2047, nearest: 600 }).slice(
        0,
        2,
      ),
    ];
    expect(undistorted([700, 800, 900])).toEqual([750, 850]);
    // The second pixel is noise once undistorted, so its place does not count for the first.
    expect(undistorted([700, 800, 2047])).toEqual([700, 2047]);
    expect(undistorted([2047, 800, 900])).toEqual([2047, 850]);
    expect(undistorted([500, 600, 900])).toEqual([2047, 750]);
  });
});

describe('projectDepth', () => {
  it('lets the nearer of two points win, and stores the depth that the depth camera saw', () => {
    const [width, height] = [64, 48];
    const near = Math.round(1092.5 - 351.3 / 0.8);
    const far = Math.round(1092.5 - 351.3 / 4);
    const data = new Uint16Array(width * height).fill(far);
    for (let y = 10; y < 38; y++) for (let x = 20; x < 44; x++) data[y * width + x] = near;
    data[0] = 2047;
    const color = { data: new Uint8Array(width * height * 3), width, height, channels: 3 as const };
    const { depth } = projectDepth({ data, width, height }, color, 'd.pgm');
    const found = new Set(depth.data);
    found.delete(0);
    // Between near and far lie the pixels that undistortion mixed at the edges.
    expect(Math.min(...found)).toBe(Math.fround(disparityToDepth(near)));
    expect(Math.max(...found)).toBe(Math.fround(disparityToDepth(far)));
  });

  it('rejects shapes that are not the sensor’s', () => {
    const depth = { data: new Uint16Array(100), width: 10, height: 10 };
    const color = { data: new Uint8Array(300), width: 10, height: 10, channels: 3 as const };
    expect(() => projectDepth(depth, color, 'd.pgm')).toThrow(
      'd.pgm: It has 10 by 10 pixels. The camera parameters are known for 640 by 480',
    );
  });
});

describe('synchronize', () => {
  const files = (...times: number[]) => times.map((time) => ({ name: `x-${time}`, time }));
  const times = (depths: number[], colors: number[]) =>
    synchronize(files(...depths), files(...colors)).map(({ depth, color }) => [depth.time, color.time]);

  it('takes the nearest color image, whichever side it is on', () => {
    expect(times([1, 2, 3], [0.9, 1.2, 2.4, 2.9])).toEqual([
      [1, 0.9],
      [2, 2.4],
      [3, 2.9],
    ]);
  });

  it('continues while the distance stays equal, and never goes back', () => {
    expect(times([1, 1.05], [0.5, 1.5])).toEqual([
      [1, 1.5],
      [1.05, 1.5],
    ]);
    expect(times([5, 6], [1, 5.1])).toEqual([
      [5, 5.1],
      [6, 5.1],
    ]);
    // The distance grows at once, so it stays with the first, though a later one would be nearer: as in the toolbox.
    expect(times([3], [2.9, 2.5, 3.01].sort())).toEqual([[3, 3.01]]);
  });

  it('does not depend on the order of the files, and gives nothing without color', () => {
    expect(times([3, 1, 2], [2.9, 0.9, 2.4])).toEqual([
      [1, 0.9],
      [2, 2.4],
      [3, 2.9],
    ]);
    expect(times([1], [])).toEqual([]);
  });
});

describe('parseRawName', () => {
  it.each([
    [
      'd-1316653580.471513-1316138413.pgm',
      { kind: 'd', name: 'd-1316653580.471513-1316138413.pgm', time: 1316653580.471513 },
    ],
    ['r-1.5-2.ppm', { kind: 'r', name: 'r-1.5-2.ppm', time: 1.5 }],
    ['a-1.5-2.dump', { kind: 'a', name: 'a-1.5-2.dump', time: 1.5 }],
    ['d-1.5-2.ppm', undefined],
    ['INDEX.txt', undefined],
    ['d-1.5-2.pgm.part', undefined],
  ])('reads %s', (name, expected) => {
    expect(parseRawName(name)).toEqual(expected);
  });
});
