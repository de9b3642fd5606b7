// What a container of this project has to have, read from the Dockerfile as Docker parses it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { ROOT } from './workspace.mjs';

/** @returns a sentence for each thing that is wrong. */
export function checkDockerfile(root = ROOT) {
  const instructions = DockerfileParser.parse(readFileSync(join(root, 'Dockerfile'), 'utf8')).getInstructions();
  const problems = [];
  const stages = [];
  for (const instruction of instructions) {
    const line = instruction.getRange().start.line + 1;
    const report = (problem) => problems.push(`Dockerfile:${line}: ${problem}`);
    const words = instruction.getArguments().map((argument) => argument.getValue());
    const keyword = instruction.getKeyword();
    if (keyword === 'FROM') {
      const isStage = stages.some(({ name }) => name === instruction.getImage());
      const version = /^\d+\.\d+\.\d+/.test(instruction.getImageTag() ?? '') || instruction.getImageDigest();
      if (!isStage && !version) report(`${instruction.getImage()} has no exact version.`);
      const base = stages.find(({ name }) => name === instruction.getImage());
      stages.push({ line, name: instruction.getBuildStage(), user: base?.user, health: base?.health ?? false });
    }
    const stage = stages.at(-1);
    if (keyword === 'USER') stage.user = words[0];
    if (keyword === 'HEALTHCHECK') stage.health = true;
    if (keyword === 'ADD') report('use COPY.');
    if (keyword === 'COPY') {
      const from = instruction.getFromFlag?.()?.getValue();
      if (from && !stages.some(({ name }) => name === from)) report(`there is no stage ${from} before it.`);
      if (!from) {
        for (const path of words.slice(0, -1)) if (!existsSync(join(root, path))) report(`${path} does not exist.`);
      }
    }
  }
  // What is built from another stage alone is no image of its own.
  for (const { line, name, user, health } of stages.filter(({ name }) => name !== 'build')) {
    const report = (problem) => problems.push(`Dockerfile:${line}: ${name} ${problem}`);
    if (user === undefined || user === 'root' || user === '0') report('runs as root: it needs a USER.');
    if (!health) report('has no HEALTHCHECK, or HEALTHCHECK NONE where it is no server.');
  }
  return problems;
}
