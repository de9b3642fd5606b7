import { expect, it } from 'vitest';
import { means, scoreFrame, tables } from './scores.mjs';

const frame = (set, metres, scene = 's') => ({
  set,
  scene,
  truth: { data: Float32Array.from(metres), width: 2, height: 2 },
});
const everywhere = (metres) => ({ depth: Float32Array.of(metres), width: 1, height: 1 });

it('averages over a set, then over the sets, at each alignment', () => {
  // Missing depth and what lies beyond the limit is not compared.
  const frames = [
    frame('a', [2, 2, 0, 30]),
    frame('a', [4, 4, 4, 4]),
    frame('b', [1, 1, 2, 0]),
    frame('b', [1, 1, 1, 1]),
  ];
  const scores = frames.map((each) => ({ name: '2 m', ...scoreFrame(each, everywhere(2), 10) }));
  expect(scores.map(({ scale }) => scale)).toEqual([1, 2, 0.5, 0.5]);
  expect(scores[2].errorsAt(1)).toMatchObject({ pixels: 3, delta1: 1 / 3, absRel: 2 / 3 });
  expect(means(scores, 2)).toEqual({
    delta1: expect.closeTo(1 / 3, 6),
    absRel: expect.closeTo(0.5417, 4),
    delta1OfShape: expect.closeTo((1 + 5 / 6) / 2, 6),
  });
  const [none, one, each] = tables(
    [...scores, { name: '2 m', ...scoreFrame(frame('c', [0, 0, 0, 0]), everywhere(2), 10) }],
    2,
  )
    .split('## ')
    .slice(1);
  expect(none).toContain('| a | 2 | 0.50 / 0.25 / 1.00 |');
  expect(none).toContain('| b | 2 | 0.17 / 0.83 / 0.91 |');
  expect(none).toContain('| mean of the 2 sets with at least 2 frames |  | 0.333 / 0.542 / 0.954 |');
  expect(none).toContain('| standard deviation between their 2 scenes |  | 0.17 / 0.29 / 0.05 |');
  expect(one).toContain('| a | 2 | 0.50 / 0.25 / 1.00 |');
  expect(each).toContain('| a | 2 | 1.00 / 0.00 / 0.00 |');
  expect(none).not.toContain('| c |');
});
