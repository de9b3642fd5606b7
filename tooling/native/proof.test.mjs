import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fakeWorkspace } from './fake-workspace.mjs';
import { proveBinding } from './proof.mjs';
import { findTarget } from './tools.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = findTarget({ root });

describe.skipIf(!target)('proveBinding', () => {
  it('has the real tfjs-node load the file that it was given, and says what became of it', async () => {
    const workspace = fakeWorkspace();
    const binding = workspace.write('broken.node', 'not a library');
    const proof = proveBinding({ ...workspace.context, environment: process.env }, target, binding);
    // The dynamic loader's own complaint names the file: tfjs-node looked nowhere else.
    await expect(proof).rejects.toThrow(binding);
    await expect(proof).rejects.toThrow('It was not put in place');
  });
});
