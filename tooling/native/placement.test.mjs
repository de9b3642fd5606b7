import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addPackage, fakeWorkspace } from './fake-workspace.mjs';
import { isPlaced, placeBinding, removeEverything } from './placement.mjs';
import { findTarget } from './tools.mjs';

const WHEEL = { version: '2.21.0', folder: '/site-packages/tensorflow' };

/** A repository in which a binding was built and placed, over a published one if there was one. */
function placed({ published } = {}) {
  const workspace = fakeWorkspace();
  addPackage(workspace);
  const target = findTarget(workspace.context);
  if (published) workspace.write(target.bindingPath.slice(workspace.context.root.length), published);
  const built = workspace.write('built.node', 'built');
  const place = () => placeBinding(target, 'key', built, WHEEL);
  return { ...workspace, target, place, result: place() };
}

const content = (path) => readFileSync(path, 'utf8');

describe('placeBinding', () => {
  it('puts the binding in place and knows it again', () => {
    const { target, result } = placed();
    expect(content(target.bindingPath)).toBe('built');
    expect(result.published).toBeUndefined();
    expect(isPlaced(target, 'key')).toBe(true);
    expect(isPlaced(target, 'other')).toBe(false);
    expect(readdirSync(dirname(target.bindingPath)).sort()).toEqual(['tfjs_binding.native.json', 'tfjs_binding.node']);
  });

  it('sees that another binding took its place', () => {
    const { target, write, context } = placed();
    write(target.bindingPath.slice(context.root.length), 'published');
    expect(isPlaced(target, 'key')).toBe(false);
  });

  it('places it again after the package folder was made anew', () => {
    const workspace = placed();
    rmSync(workspace.target.folder, { recursive: true });
    addPackage(workspace);
    expect(isPlaced(workspace.target, 'key')).toBe(false);
    expect(workspace.place().published).toBeUndefined();
    expect(isPlaced(workspace.target, 'key')).toBe(true);
  });

  it('sets a published binding aside, once', () => {
    const { target, place, result } = placed({ published: 'published' });
    expect(content(result.published)).toBe('published');
    expect(content(target.bindingPath)).toBe('built');
    expect(content(place().published)).toBe('published');
  });
});

describe('removeEverything', () => {
  it('has nothing to do in a fresh repository', () => {
    const workspace = fakeWorkspace();
    addPackage(workspace);
    removeEverything(workspace.context);
    expect(workspace.output).toEqual(['There is nothing to remove.']);
    expect(existsSync(join(workspace.context.root, '.cache'))).toBe(false);
  });

  it('removes the binding, what it keeps and the private environments', () => {
    const { context, output, target, write } = placed();
    write('.cache/native/venv/tensorflow-cpu-2.21.0/bin/python', '');
    removeEverything(context);
    expect(existsSync(join(target.folder, 'lib'))).toBe(false);
    expect(existsSync(join(context.root, '.cache'))).toBe(false);
    expect(output.join('\n')).toContain('the binding of @tensorflow/tfjs-node');
    expect(output.join('\n')).toContain('tensorflow-cpu-2.21.0');
  });

  it('puts a published binding back', () => {
    const { context, output, target } = placed({ published: 'published' });
    removeEverything(context);
    expect(content(target.bindingPath)).toBe('published');
    expect(readdirSync(dirname(target.bindingPath))).toEqual(['tfjs_binding.node']);
    expect(output.join('\n')).toContain('the published one is back');
  });

  it('leaves alone a binding that is not its own', () => {
    const { context, target, write } = placed();
    write(target.bindingPath.slice(context.root.length), 'someone else’s');
    removeEverything(context);
    expect(content(target.bindingPath)).toBe('someone else’s');
  });

  it('leaves what else lies in .cache', () => {
    const { context, write } = placed();
    const other = write('.cache/other/file', 'kept');
    removeEverything(context);
    expect(content(other)).toBe('kept');
  });
});
