import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkDockerfile } from './dockerfile.mjs';

function problemsOf(text) {
  const root = mkdtempSync(join(tmpdir(), 'dockerfile-'));
  try {
    writeFileSync(join(root, 'Dockerfile'), text);
    return checkDockerfile(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

it('finds nothing wrong with ours', () => {
  expect(checkDockerfile()).toEqual([]);
});

it('finds a base without an exact version, root, a missing health check, and paths and stages that are not there', () => {
  const text = `FROM node:22 AS build
COPY absent.json ./
FROM node:22.23.3-slim AS first
COPY --from=built /x /x
ADD Dockerfile ./
FROM first AS second
USER node
HEALTHCHECK NONE
FROM second AS third
USER root
`;
  expect(problemsOf(text)).toEqual([
    'Dockerfile:1: node:22 has no exact version.',
    'Dockerfile:2: absent.json does not exist.',
    'Dockerfile:4: there is no stage built before it.',
    'Dockerfile:5: use COPY.',
    'Dockerfile:3: first runs as root: it needs a USER.',
    'Dockerfile:3: first has no HEALTHCHECK, or HEALTHCHECK NONE where it is no server.',
    'Dockerfile:9: third runs as root: it needs a USER.',
  ]);
});
