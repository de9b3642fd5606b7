import { expect, it } from 'vitest';
import { cameraSentence } from './camera.js';

it('says in a sentence which camera the metres rest on', () => {
  expect(cameraSentence(false, 0)).toMatch(/^The model does not know the camera/);
  expect(cameraSentence(true, 0)).toBe('Metres follow from the stated focal lengths.');
  expect(cameraSentence(true, 2)).toBe(
    'A field of view of 60° was assumed for 2 images without a stated focal length: say it with --fov or --intrinsics.',
  );
});
