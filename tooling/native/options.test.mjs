import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.mjs';

describe('parseOptions', () => {
  it('has everything off by default', () => {
    expect(parseOptions([])).toEqual({ gpu: false, force: false, remove: false, help: false });
  });

  it('reads every option', () => {
    expect(parseOptions(['--gpu', '--python', '/opt/python3', '--tensorflow=2.22.0rc1', '--force'])).toEqual({
      gpu: true,
      python: '/opt/python3',
      tensorflow: '2.22.0rc1',
      force: true,
      remove: false,
      help: false,
    });
  });

  it.each([
    [['--gpus'], '--gpus'],
    [['gpu'], 'gpu'],
    [['--python'], 'python'],
    [['--python='], '--python needs the path'],
    [['--tensorflow', 'latest'], 'not "latest"'],
    [['--tensorflow', '2.21'], 'not "2.21"'],
    [['--tensorflow', '2.9.1'], 'TensorFlow 2.9.1 is too old'],
    [['--remove', '--force'], 'takes no other option'],
  ])('refuses %j and says why', (parameters, reason) => {
    expect(() => parseOptions(parameters)).toThrow(reason);
  });
});
