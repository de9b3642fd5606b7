import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.mjs';

describe('parseOptions', () => {
  it('has everything off by default', () => {
    expect(parseOptions([])).toEqual({ gpu: false, force: false, remove: false, help: false });
  });

  it('reads every option', () => {
    expect(parseOptions(['--gpu', '--force', '-h'])).toEqual({ gpu: true, force: true, remove: false, help: true });
  });

  it.each([
    [['--gpus'], '--gpus'],
    [['gpu'], 'gpu'],
    [['--remove', '--force'], 'takes no other option'],
  ])('refuses %j and says why', (parameters, reason) => {
    expect(() => parseOptions(parameters)).toThrow(reason);
  });
});
