import { expect, it } from 'vitest';
import { measureFlicker } from '../../../scripts/flicker.mjs';

it('smooths the depth of a rendered camera path to less than a third of its flicker', async () => {
  const { frames, raw, smooth } = await measureFlicker({ frames: 12, width: 80, height: 60 });
  console.log(`${frames} frames: flicker ${raw.toFixed(4)}, smoothed ${smooth.toFixed(4)}`);
  expect(frames).toBe(12);
  expect(smooth / raw).toBeLessThan(1 / 3);
});
