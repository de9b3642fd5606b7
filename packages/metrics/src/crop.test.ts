import { describe, expect, it } from 'vitest';
import { type CropName, evaluationCrop } from './crop.js';

describe('evaluationCrop', () => {
  it('is the published rectangle for NYU', () => {
    expect(evaluationCrop('eigen', 640, 480)).toEqual({ top: 45, bottom: 471, left: 41, right: 601 });
    expect(evaluationCrop('none', 640, 480)).toEqual({ top: 0, bottom: 480, left: 0, right: 640 });
  });

  it('is the published rectangle for KITTI', () => {
    expect(evaluationCrop('garg', 1242, 375)).toEqual({ top: 153, bottom: 371, left: 44, right: 1197 });
  });

  it('scales with the image, and stays inside it', () => {
    expect(evaluationCrop('eigen', 320, 240)).toEqual({ top: 23, bottom: 236, left: 21, right: 301 });
    for (const [width, height] of [
      [7, 5],
      [31, 1],
      [224, 224],
      [1280, 960],
    ] as const) {
      for (const name of ['none', 'eigen', 'garg'] as const) {
        const { top, bottom, left, right } = evaluationCrop(name, width, height);
        expect(top >= 0 && left >= 0 && bottom <= height && right <= width && top <= bottom && left <= right).toBe(
          true,
        );
      }
    }
  });

  it('rejects an unknown name', () => {
    expect(() => evaluationCrop('eigne' as CropName, 640, 480)).toThrow('Unknown crop "eigne": use \'none\',');
  });
});
