import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEVICE_NAMES, DeviceError, type DeviceLoader, type DeviceName, type LoadedBackend } from './device.js';
import { createOpenDevice } from './open-device.js';

// Loaders that stand in for the real ones: each makes TensorFlow.js's plain JavaScript backend, under a name of its own.
tf.copyRegisteredKernels('cpu', 'stand-in');
// Otherwise that backend advises on every use to install tfjs-node.
tf.env().set('IS_TEST', true);

function standIn(changes: Partial<LoadedBackend> = {}): DeviceLoader {
  return async () => ({
    backend: new MathBackendCPU(),
    backendName: 'stand-in',
    hardware: 'a stand-in',
    libraryVersion: 'stand-in 1.0',
    isSoftware: false,
    ...changes,
  });
}

function failing(error: Error): DeviceLoader {
  return async () => {
    throw error;
  };
}

function opener(
  loaders: Partial<Record<DeviceName, DeviceLoader>>,
  environmentDevice?: string,
  environmentThreads?: string,
) {
  const missing = (name: DeviceName) => failing(new DeviceError(`there is no ${name} here: buy one.`));
  const all = Object.fromEntries(DEVICE_NAMES.map((name) => [name, loaders[name] ?? missing(name)]));
  return createOpenDevice({
    loaders: all as Record<DeviceName, DeviceLoader>,
    environment: (name) => (name === 'LLM_MDE_DEVICE' ? environmentDevice : environmentThreads),
  });
}

afterEach(async () => {
  const device = await opener({ wasm: standIn() })().catch(() => undefined);
  await device?.close();
});

describe('auto', () => {
  it('tries the devices best first and stops at the first that opens', async () => {
    const tried: string[] = [];
    const noting = (name: DeviceName, loader: DeviceLoader): DeviceLoader => {
      return (request) => {
        tried.push(`${name} explicit=${request.explicit}`);
        return loader(request);
      };
    };
    const no = failing(new DeviceError('no: try another.'));
    const device = await opener({
      cuda: noting('cuda', no),
      webgpu: noting('webgpu', no),
      native: noting('native', standIn()),
      wasm: noting('wasm', standIn()),
    })();
    expect(device.name).toBe('native');
    expect(tried).toEqual(['cuda explicit=false', 'webgpu explicit=false', 'native explicit=false']);
  });

  it('says of each device before it, in one sentence, why it was skipped', async () => {
    const device = await opener({
      webgpu: failing(new Error('VK_ERROR_DEVICE_LOST.\n    at somewhere')),
      wasm: standIn(),
    })({ device: 'auto' });
    expect(device).toMatchObject({
      name: 'wasm',
      backendName: 'stand-in',
      hardware: 'a stand-in',
      libraryVersion: 'stand-in 1.0',
      isSoftware: false,
      skipped: [
        { device: 'cuda', reason: 'there is no cuda here: buy one.' },
        { device: 'webgpu', reason: 'its library fails with "VK_ERROR_DEVICE_LOST".' },
        { device: 'cpu', reason: 'there is no cpu here: buy one.' },
        { device: 'native', reason: 'there is no native here: buy one.' },
      ],
    });
    expect(tf.getBackend()).toBe('stand-in');
  });

  it('fails with every reason when nothing opens, and can be tried again', async () => {
    const error = await opener({})().catch((error) => error);
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.message.split('\n')).toEqual([
      'No device can be opened:',
      ...DEVICE_NAMES.map((name) => `- ${name}: there is no ${name} here: buy one.`),
    ]);
    expect((await opener({ wasm: standIn() })()).name).toBe('wasm');
  });
});

describe('proof', () => {
  it('passes over a device that computes wrong values, and lets go of it', async () => {
    const right = tf.getKernel(tf.BatchMatMul, 'cpu')!;
    tf.copyRegisteredKernels('cpu', 'wrong');
    tf.unregisterKernel(tf.BatchMatMul, 'wrong');
    tf.registerKernel({
      ...right,
      backendName: 'wrong',
      kernelFunc: (parameters) => {
        const result = right.kernelFunc(parameters) as tf.TensorInfo;
        (parameters.backend as MathBackendCPU).data.get(result.dataId).values![5] = 1001; // minus 1, the sum's part
        return result;
      },
    });
    const release = vi.fn();
    const numTensors = tf.memory().numTensors;
    const wrong = standIn({ backendName: 'wrong', release });
    const device = await opener({ native: wrong, wasm: standIn() })();
    expect(device.name).toBe('wasm');
    expect(device.skipped.find(({ device }) => device === 'native')?.reason).toBe(
      'it computes wrong values (element 5 of a small matrix product is 1000): update its driver, or use another device.',
    );
    expect(release).toHaveBeenCalledOnce();
    expect(tf.findBackend('wrong')).toBeFalsy();
    expect(tf.memory().numTensors).toBe(numTensors);
    await device.close();
    await expect(opener({ native: wrong })({ device: 'native' })).rejects.toThrow('computes wrong values');
  });

  it('passes over a device that lacks kernels', async () => {
    const device = await opener({ cuda: standIn({ backendName: 'without kernels' }), wasm: standIn() })();
    expect(device.name).toBe('wasm');
    expect(device.skipped[0]!.reason).toMatch(/^its library fails with "Kernel 'BatchMatMul' not registered.*"\.$/);
  });
});

describe('compile', () => {
  it('runs a function as it is where nothing compiles', async () => {
    const device = await opener({ wasm: standIn() })();
    expect(device.compiles).toBe(false);
    const twice = device.compile((x: tf.Tensor) => tf.mul(x, 2));
    const result = await twice({ data: Float32Array.of(1, 2), shape: [2] });
    expect(await result.data()).toEqual(Float32Array.of(2, 4));
    result.dispose();
  });

  it('is what the device brings, and is disposed with it', async () => {
    const dispose = vi.fn(async () => {});
    const compile = vi.fn((fn: (...args: never[]) => unknown) => Object.assign(async () => fn(), { dispose }));
    const device = await opener({ cpu: standIn({ compile: compile as unknown as LoadedBackend['compile'] }) })();
    expect([device.name, device.compiles]).toEqual(['cpu', true]);
    expect(await device.compile(() => 3)()).toBe(3);
    const second = device.compile(() => 4);
    await second.dispose();
    await device.close();
    // The first by the device, the second by its owner alone: the device holds no function that is gone.
    expect(dispose).toHaveBeenCalledTimes(2);
  });
});

describe('a device asked for by name', () => {
  it('is opened, with nothing skipped', async () => {
    const device = await opener({ native: standIn(), wasm: standIn() })({ device: 'wasm' });
    expect(device).toMatchObject({ name: 'wasm', skipped: [] });
  });

  it('is an error when it fails, never another device', async () => {
    const wasm = vi.fn(standIn());
    const error = await opener({ wasm })({ device: 'cuda' }).catch((error) => error);
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.message).toBe("The device cuda can't be opened: there is no cuda here: buy one.");
    expect(error.reason).toBe('there is no cuda here: buy one.');
    expect(wasm).not.toHaveBeenCalled();
  });

  it('is told that it was', async () => {
    const wasm = vi.fn(standIn());
    await opener({ wasm })({ device: 'wasm', wasmPaths: '/files/' });
    expect(wasm).toHaveBeenCalledWith({ device: 'wasm', wasmPaths: '/files/', explicit: true });
  });

  it('must exist', async () => {
    await expect(opener({ wasm: standIn() })({ device: 'gpu' as DeviceName })).rejects.toThrow(
      'Unknown device: openDevice was asked for "gpu"; use one of auto, cuda, webgpu, cpu, native, wasm.',
    );
  });
});

describe('LLM_MDE_DEVICE', () => {
  it('takes precedence over the option', async () => {
    const loaders = { native: standIn(), wasm: standIn() };
    expect((await opener(loaders, 'wasm')({ device: 'native' })).name).toBe('wasm');
  });

  it('is not set when it is empty', async () => {
    expect((await opener({ native: standIn(), wasm: standIn() }, '')({ device: 'native' })).name).toBe('native');
  });

  it('asks by name, so that a failure is an error that names it', async () => {
    await expect(opener({ wasm: standIn() }, 'cuda')()).rejects.toThrow(
      "The device cuda (set by LLM_MDE_DEVICE) can't be opened: there is no cuda here: buy one.",
    );
  });

  it('must name a device', async () => {
    await expect(opener({ wasm: standIn() }, 'CUDA')()).rejects.toThrow(
      'Unknown device: the environment variable LLM_MDE_DEVICE names "CUDA"; use one of auto, cuda, webgpu, cpu, native, wasm.',
    );
  });
});

describe('threads', () => {
  it('are those of LLM_MDE_THREADS, then of the option, and are sane', async () => {
    const wasm = vi.fn(standIn());
    const open = (threads?: number, environment?: string) =>
      opener({ wasm }, '', environment)({ device: 'wasm', threads: threads! });
    await (await open(3)).close();
    await (await open(3, '5')).close();
    expect(wasm.mock.calls.map(([{ threads }]) => threads)).toEqual([3, 5]);
    await expect(open(0)).rejects.toThrow("openDevice's option threads must be an integer from 1 to 1024, got 0.");
    await expect(open(1, 'all')).rejects.toThrow(
      'The environment variable LLM_MDE_THREADS must be an integer from 1 to 1024, got "all".',
    );
  });
});

describe('one device a process', () => {
  it('gives the same object again, also while the first call is under way', async () => {
    const wasm = vi.fn(standIn());
    const openDevice = opener({ wasm });
    const [first, second] = await Promise.all([openDevice(), openDevice({ device: 'wasm' })]);
    expect(second).toBe(first);
    expect(await openDevice()).toBe(first);
    expect(wasm).toHaveBeenCalledOnce();
  });

  it('refuses another one while it is open', async () => {
    const openDevice = opener({ native: standIn(), wasm: standIn() });
    await openDevice({ device: 'wasm' });
    await expect(openDevice({ device: 'native' })).rejects.toThrow(
      'This process computes on wasm already, and TensorFlow.js has one backend per process: close() that device before opening native, or ' +
        'use another process.',
    );
  });

  it('tries again for a call that waited for one that failed', async () => {
    const openDevice = opener({ wasm: standIn() });
    const [failed, opened] = await Promise.allSettled([openDevice({ device: 'cuda' }), openDevice({ device: 'wasm' })]);
    expect(failed.status).toBe('rejected');
    expect(opened).toMatchObject({ status: 'fulfilled', value: { name: 'wasm' } });
  });

  it('opens again after close, and closing twice does no harm', async () => {
    const release = vi.fn();
    const openDevice = opener({ native: standIn(), wasm: standIn({ release }) });
    const first = await openDevice({ device: 'wasm' });
    await first.close();
    expect(release).toHaveBeenCalledOnce();
    const second = await openDevice({ device: 'native' });
    await first.close();
    expect(second).not.toBe(first);
    expect(await openDevice()).toBe(second);
    expect(await tf.add(1, 2).data()).toEqual(Float32Array.of(3));
    expect(release).toHaveBeenCalledOnce();
  });

  it('leaves no tensor behind', async () => {
    const { numTensors } = tf.memory();
    for (let round = 0; round < 3; round++) await (await opener({ wasm: standIn() })()).close();
    await opener({ wasm: standIn() })();
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
