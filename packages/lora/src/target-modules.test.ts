import { describe, expect, it } from 'vitest';
import { matcher, targetNames } from './target-modules.js';

const LAYERS = [
  'encoder.layer.0.attention.self.query',
  'encoder.layer.1.attention.self.query',
  'encoder.layer.10.output.dense',
  'pooler.dense',
  'query',
];

describe('target modules select as in PEFT', () => {
  it.each([
    [['query'], [0, 1, 4]],
    [['self.query'], [0, 1]],
    [['uery'], []],
    [
      ['encoder.layer.0.attention.self.query', 'dense'],
      [0, 2, 3],
    ],
    [['1.attention.self.query'], [1]],
    ['query', [4]],
    ['.*query', [0, 1, 4]],
    ['.*\\.(0|1)\\..*', [0, 1]],
    ['query|pooler', [4]],
    [/pooler\.dense/, [3]],
    [/.*QUERY/gi, [0, 1, 4]],
    [(path: string) => path.startsWith('pooler'), [3]],
  ])('%s', (targets, expected) => {
    const isTarget = matcher(targets);
    expect(LAYERS.flatMap((path, index) => (isTarget(path) ? [index] : []))).toEqual(expected);
  });
});

describe('target names', () => {
  it('are last parts where these say enough', () => {
    expect(
      targetNames(
        ['a.0.value', 'a.0.query', 'a.1.value', 'a.1.query'],
        ['a.0.value', 'a.0.query', 'a.1.value', 'a.1.query', 'a.key'],
      ),
    ).toEqual(['query', 'value']);
  });
  it('are whole paths otherwise', () => {
    expect(targetNames(['a.0.dense'], ['a.0.dense', 'pooler.dense'])).toEqual(['a.0.dense']);
  });
});
