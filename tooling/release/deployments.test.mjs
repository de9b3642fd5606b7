import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Secret } from 'kubernetes-models/v1/Secret';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ROOT } from './workspace.mjs';

const FOLDER = join(ROOT, 'apps/trainer/deploy');
const KINDS = { Deployment, Job, ScaledObject, Secret, TriggerAuthentication };
const read = (name) => readFileSync(join(FOLDER, name), 'utf8');

/** Of every manifest, what its own schema says. */
function problems(text) {
  return parseAllDocuments(text).flatMap((document) => {
    expect(document.errors).toEqual([]);
    const manifest = document.toJS();
    try {
      new KINDS[manifest.kind](manifest).validate();
      return [];
    } catch (error) {
      return [error.message];
    }
  });
}

const manifests = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

it.each(manifests)("%s is as Kubernetes' and KEDA's schemas say", (name) => {
  const text = read(name);
  expect(parseAllDocuments(text).length).toBeGreaterThan(0);
  expect(problems(text)).toEqual([]);
  expect(
    problems(text.replace(/^( +)image: .*$/m, '$1image: 5').replace(/\bminReplicaCount: 0/, 'minReplicaCount: no')),
  ).not.toEqual([]);
});

it('scales on the lists that the queue has in Redis, with what the Deployment and the Secret are called', () => {
  const [secret, deployment, authentication, scaled] = parseAllDocuments(read('kubernetes-workers.yaml')).map((each) =>
    each.toJS(),
  );
  const source = readFileSync(join(ROOT, 'apps/trainer/src/queue/redis.ts'), 'utf8');
  const [, queue] = /QUEUE = '(.*)'/.exec(source);
  expect(scaled.spec.triggers.map(({ metadata }) => metadata.listName)).toEqual([
    `bull:${queue}:wait`,
    `bull:${queue}:active`,
  ]);
  expect(scaled.spec.scaleTargetRef.name).toBe(deployment.metadata.name);
  for (const { authenticationRef } of scaled.spec.triggers)
    expect(authenticationRef.name).toBe(authentication.metadata.name);
  const [container] = deployment.spec.template.spec.containers;
  expect(container.env[0].valueFrom.secretKeyRef).toEqual({ name: secret.metadata.name, key: 'address' });
  expect(container.args.at(-1)).toBe(String(container.ports[0].containerPort));
});

it("asks in Grafana's board for metrics that a worker has", () => {
  const { panels } = JSON.parse(read('grafana-workers.json'));
  const source = readFileSync(join(ROOT, 'apps/trainer/src/worker/metrics.ts'), 'utf8');
  const known = [...source.matchAll(/name: '(llm_mde_\w+)'/g)].map(([, name]) => name);
  const asked = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => expr.match(/llm_mde_\w+/g)));
  expect(known.length).toBeGreaterThan(3);
  expect([...new Set(asked.map((name) => name.replace(/_bucket$/, '')))].sort()).toEqual(known.sort());
});
