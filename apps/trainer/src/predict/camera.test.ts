import { nyuIntrinsics } from '@llm-mde/depth-maps';
import { expect, it } from 'vitest';
import { cameraFor, cameraSentence } from './camera.js';

it("takes what is known of the camera, and NYU's otherwise", () => {
  const intrinsics = { fx: 9, fy: 8, cx: 3, cy: 4 };
  expect(cameraFor({ width: 9, height: 9 }, { intrinsics, fov: 9 })).toEqual(intrinsics);
  const millimetres = { fx: 18, fy: 18, cx: 320, cy: 240 };
  expect(() => cameraFor({ width: 640, height: 480 }, { intrinsics: millimetres })).toThrow('a field of view of 174°');
  expect(cameraFor({ width: 320, height: 240 }, {})).toEqual(nyuIntrinsics({ width: 320, height: 240 }));
  expect(cameraFor({ width: 300, height: 400 }, { fov: 90 }).fx).toBeCloseTo(200, 6);
  const { fx, fy, cx } = cameraFor({ width: 640, height: 360 }, {});
  expect([fx, cx]).toEqual([fy, 319.5]);
  expect(Math.abs(fx - nyuIntrinsics({ width: 640, height: 480 }).fx)).toBeLessThan(2);
});

it('says in a sentence which camera the metres rest on', () => {
  expect(cameraSentence(false, 0)).toMatch(/^The model does not know the camera/);
  expect(cameraSentence(true, 0)).toBe('Metres follow from the stated focal lengths.');
  expect(cameraSentence(true, 2)).toBe(
    'A field of view of 60° was assumed for 2 images without a stated focal length: say it with --fov or --intrinsics.',
  );
});
