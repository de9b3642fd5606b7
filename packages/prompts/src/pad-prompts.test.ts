import { describe, expect, it } from 'vitest';
import { padPrompts } from './pad-prompts.js';

describe('padPrompts', () => {
  it('pads on the right to the longest prompt and masks the padding', () => {
    expect(
      padPrompts(
        [
          [101, 7, 102],
          [101, 102],
          [101, 7, 8, 9, 102],
        ],
        { padTokenId: 0 },
      ),
    ).toEqual({
      inputIds: [
        [101, 7, 102, 0, 0],
        [101, 102, 0, 0, 0],
        [101, 7, 8, 9, 102],
      ],
      attentionMask: [
        [1, 1, 1, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 1, 1],
      ],
    });
  });

  it.each([
    [1, 8, 8],
    [8, 8, 8],
    [9, 8, 16],
    [74, 16, 80],
    [5, 1, 5],
  ])('rounds a length of %i up to a multiple of %i: %i', (longest, multipleOf, expected) => {
    const prompts = [new Array(longest).fill(3), [3]];
    const { inputIds, attentionMask } = padPrompts(prompts, { padTokenId: 1, multipleOf });
    expect([...inputIds, ...attentionMask].map((row) => row.length)).toEqual(new Array(4).fill(expected));
    expect(inputIds[1]).toEqual([3, ...new Array(expected - 1).fill(1)]);
    expect(attentionMask.map((row) => row.reduce((sum, value) => sum + value, 0))).toEqual([longest, 1]);
  });

  it.each([
    [3, 1, 7, 7],
    [3, 4, 7, 8],
    [9, 4, 7, 12],
    [0, 4, 5, 8],
  ])(
    'takes %i tokens, in multiples of %i and %i at least, to the length %i',
    (longest, multipleOf, minimumLength, expected) => {
      const { attentionMask } = padPrompts([new Array(longest).fill(3)], { padTokenId: 0, multipleOf, minimumLength });
      expect(attentionMask).toEqual([Array.from({ length: expected }, (_, position) => (position < longest ? 1 : 0))]);
    },
  );

  it('masks by position, not by id: a token that is the padding id stays visible', () => {
    const { inputIds, attentionMask } = padPrompts([[5, 0], [5]], { padTokenId: 0 });
    expect(inputIds).toEqual([
      [5, 0],
      [5, 0],
    ]);
    expect(attentionMask).toEqual([
      [1, 1],
      [1, 0],
    ]);
  });

  it('takes empty prompts and empty batches, as the style none has them', () => {
    expect(padPrompts([[], [4]], { padTokenId: 9, multipleOf: 2 })).toEqual({
      inputIds: [
        [9, 9],
        [4, 9],
      ],
      attentionMask: [
        [0, 0],
        [1, 0],
      ],
    });
    expect(padPrompts([[], []], { padTokenId: 0, multipleOf: 16 })).toEqual({
      inputIds: [[], []],
      attentionMask: [[], []],
    });
    expect(padPrompts([], { padTokenId: 0 })).toEqual({ inputIds: [], attentionMask: [] });
  });

  it('copies: neither the given prompts nor another row change with the result', () => {
    const prompt = [1, 2];
    const { inputIds, attentionMask } = padPrompts([prompt, prompt], { padTokenId: 0 });
    inputIds[0]![0] = 99;
    attentionMask[0]![0] = 99;
    expect([prompt, inputIds[1], attentionMask[1]]).toEqual([
      [1, 2],
      [1, 2],
      [1, 1],
    ]);
  });

  it('refuses what is no id and no length', () => {
    expect(() => padPrompts([[1]], { padTokenId: -1 })).toThrow('padTokenId must be a whole number from 0, got -1');
    expect(() => padPrompts([[1]], {} as { padTokenId: number })).toThrow(
      'padTokenId must be a whole number from 0, got undefined',
    );
    expect(() => padPrompts([[1]], { padTokenId: 0, multipleOf: 0 })).toThrow(
      'multipleOf must be a whole number from 1, got 0.',
    );
    expect(() => padPrompts([[1], [2, 3.5]], { padTokenId: 0 })).toThrow(
      'Token 1 of prompt 1 must be a whole number from 0, got 3.5.',
    );
  });
});
