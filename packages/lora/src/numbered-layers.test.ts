import { describe, expect, it } from 'vitest';
import { attachLora } from './attach-lora.js';
import { describeTargets, onlyNumbered, resolveNumberedLayers } from './numbered-layers.js';
import { TwoLayers } from './testing/two-layers.js';

const BERT = [0, 1, 2].flatMap((layer) => ['query', 'value'].map((name) => `encoder.layer.${layer}.attention.${name}`));

const choose = (paths: readonly string[], layersToTransform: number | number[], layersPattern?: string | string[]) =>
  onlyNumbered(paths, resolveNumberedLayers({ layersToTransform, ...(layersPattern && { layersPattern }) }));

describe('layersToTransform', () => {
  it('chooses layers by their number', () => {
    expect(choose(BERT, 1)).toEqual(BERT.slice(2, 4));
    expect(choose([...BERT, 'pooler.query'], [0, 2], 'layer')).toEqual([...BERT.slice(0, 2), ...BERT.slice(4)]);
    expect(choose(['layers.3.q_proj', 'layers.4.q_proj'], 4)).toEqual(['layers.4.q_proj']);
    // The first number, as in PEFT; layersPattern says which.
    const experts = ['layers.0.experts.1.up', 'layers.1.experts.0.up'];
    expect(choose(experts, 0)).toEqual(experts.slice(0, 1));
    expect(choose(experts, 0, 'experts')).toEqual(experts.slice(1));
  });

  it("reads Keras's names with layersPattern", () => {
    expect(choose(['stem', 'block_1_expand', 'block_11_expand'], 1, 'block')).toEqual(['block_1_expand']);
    expect(choose(['model/block3/dense/MatMul', 'model/block4/dense/MatMul'], [4], ['stage', 'block'])).toEqual([
      'model/block4/dense/MatMul',
    ]);
  });

  it('says which layer does not exist', () => {
    expect(() => choose(BERT, [1, 7])).toThrow(
      'layersToTransform asks for layer 7, but the layers that match the target modules have the numbers 0 to 2.',
    );
    expect(() => choose(BERT, [1], 'stage')).toThrow(
      'nothing that matches the target modules lies in the names ["stage"] with a number: encoder.layer.0.attention.query,',
    );
    const base = new TwoLayers();
    expect(() => attachLora(base, { targetModules: ['query'], layersToTransform: 0 })).toThrow(
      'layersToTransform is [0], but nothing that matches the target modules lies in a numbered layer: attention.query.',
    );
    expect(base.query.hasAdapter).toBe(false);
  });

  it.each([
    [{ layersToTransform: [-1] }, 'layersToTransform must be numbers of layers from 0, got -1.'],
    [{ layersToTransform: ['1'] }, 'layersToTransform must be numbers of layers from 0, got "1".'],
    [{ layersPattern: 'layer' }, 'layersPattern is ["layer"], but layersToTransform does not say which layers.'],
    [{ layersToTransform: 0, layersPattern: '(' }, 'layersPattern "(" is not a regular expression'],
  ])('%j is refused', (options, message) => {
    expect(() => resolveNumberedLayers(options as never)).toThrow(message);
  });

  it('is written for PEFT where that reads the same, and whole paths otherwise', () => {
    const numbered = resolveNumberedLayers({ layersToTransform: [1], layersPattern: 'layer' });
    expect(describeTargets(BERT.slice(2, 4), [...BERT, 'pooler'], numbered)).toEqual({
      target_modules: ['query', 'value'],
      layers_to_transform: [1],
      layers_pattern: ['layer'],
    });
    // PEFT finds no number at the start of a path, in its older versions not even with a pattern.
    const bare = ['layers.0.q_proj', 'layers.1.q_proj'];
    expect(describeTargets(bare.slice(1), bare, resolveNumberedLayers({ layersToTransform: 1 }))).toEqual({
      target_modules: ['layers.1.q_proj'],
      layers_to_transform: null,
      layers_pattern: null,
    });
  });
});
